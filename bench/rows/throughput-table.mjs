// The table of answers a second, whatever carries them.

/** Requests of each registration in flight. */
export const window = 16;

/** Below this the driver may be what limits, and the answers a second are void. */
export const leastCeiling = 1.5;

/** `ratios`: what the row has beside, by the name of a peer. */
export function throughputTable(samples, registrations, { peers, replay }, ratios) {
  const fastest = Math.max(...peers.map(({ name }) => samples.median(name, "perSecond")));
  return {
    registrations,
    window,
    ceiling: samples.median(replay.name, "perSecond") / fastest,
    rows: peers.map(({ name: peer }) => ({
      peer,
      perSecond: samples.median(peer, "perSecond"),
      spread: samples.spread(peer, "perSecond"),
      cpuUs: samples.median(peer, "cpuUs"),
      p50: samples.median(peer, "p50"),
      p99: samples.median(peer, "p99"),
      jain: samples.median(peer, "jain"),
      ...ratios(peer),
    })),
  };
}

export const throughputColumns = [
  "client",
  "answers/s",
  "spread %",
  "CPU µs/answer",
  "p50 ms",
  "p99 ms",
  "Jain",
];

/** The cells of these columns. */
export const throughputCells = ({ peer, perSecond, spread, cpuUs, p50, p99, jain }) => [
  peer,
  perSecond.toFixed(0),
  spread.toFixed(0),
  cpuUs.toFixed(1),
  p50.toFixed(2),
  p99.toFixed(2),
  jain.toFixed(4),
];

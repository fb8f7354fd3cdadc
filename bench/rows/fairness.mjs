// What one flooding registration does to the others: 99 quiet ones at a low rate, with it and without.
import { peers } from "../peers.mjs";
import { median, spread } from "../statistics.mjs";
import { echo } from "./echo.mjs";
import { fewer, interleave } from "./samples.mjs";

export const name = "fairness";

const registrations = 100;
/** Of the 99 together. */
const quietRate = 1_000;
/** Kept in flight by the flooding one: twice the slots that a registration has. */
const flood = 200;
const steady = 15;

export async function measure({ quick, rounds }) {
  const shape = { rate: quietRate, flooding: 1, warmupMs: quick ? 500 : 1_000, ms: quick ? 700 : 2_000 };
  const enough = fewer(rounds, 2);
  const samples = await interleave(peers, enough, async (peer) => {
    const calm = await echo(peer, registrations, { ...shape, window: 0 });
    const flooded = await echo(peer, registrations, { ...shape, window: flood });
    return {
      calmP99: calm.p99,
      floodedP99: flooded.p99,
      slowdown: flooded.p99 / calm.p99,
      floodPerSecond: flooded.perSecond,
      quietPerSecond: flooded.openPerSecond,
    };
  });
  return {
    quietRate,
    flood,
    rows: peers.map(({ name: peer }) => ({
      peer,
      calmP99: samples.median(peer, "calmP99"),
      floodedP99: samples.median(peer, "floodedP99"),
      slowdown: {
        value: median(samples.values(peer, "slowdown")),
        spread: spread(samples.values(peer, "slowdown")),
      },
      floodPerSecond: samples.median(peer, "floodPerSecond"),
      quietPerSecond: samples.median(peer, "quietPerSecond"),
    })),
  };
}

export const tables = (data) => [
  {
    title: `99 registrations at ${data.quietRate} requests a second together, beside one with ${data.flood} in flight`,
    columns: ["client", "p99 ms alone", "p99 ms beside it", "×", "quiet answers/s", "flood answers/s"],
    lines: data.rows.map((row) => [
      row.peer,
      row.calmP99.toFixed(2),
      row.floodedP99.toFixed(2),
      row.slowdown.value.toFixed(1),
      row.quietPerSecond.toFixed(0),
      row.floodPerSecond.toFixed(0),
    ]),
  },
];

export const targets = (data, judged) => [
  {
    what: "p99 of 99 quiet registrations beside one that floods, × without it",
    ...data.rows.find(({ peer }) => peer === judged).slowdown,
    atMost: 1.5,
    steady,
  },
];

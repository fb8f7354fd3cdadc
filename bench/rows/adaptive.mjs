// maxConcurrentRequests: "adaptive" beside fixed numbers, with a handler that gets slower with the square of how many of
// it run past 8, and with one that only waits: no fixed number is right for both. An open loop floods each with twice
// what it can do.
import { mooring, peer } from "../peers.mjs";
import { echo } from "./echo.mjs";
import { fewer, interleave } from "./samples.mjs";

export const name = "adaptive";

const adaptive = "adaptive";
const settings = ["4", "8", "16", "100", adaptive].map((slots) => ({
  name: slots,
  env: { BENCH_SLOTS: slots },
}));

/** `rate`: requests a second. The first answers 400 a second at best, with 8 at once; the second 100 for each at once. */
const handlers = [
  { handler: "20 ms, past 8 at once × (n / 8)²", work: "degrading", rate: 800 },
  { handler: "10 ms, however many at once", work: "waiting", rate: 5_000 },
];

async function table({ handler, work, rate }, rounds, times) {
  const shape = { rate, tellsRefusals: true, ...times };
  const samples = await interleave(settings, rounds, ({ env }) =>
    echo(peer(mooring), 1, shape, { env: { ...env, BENCH_WORK: work } }),
  );
  const good = (slots) => samples.median(slots, "openPerSecond");
  const fixed = settings.map(({ name: slots }) => slots).filter((slots) => slots !== adaptive);
  const best = fixed.reduce((most, slots) => (good(slots) > good(most) ? slots : most));
  return {
    handler,
    rate,
    best,
    toBest: samples.ratio(adaptive, best, "openPerSecond"),
    rows: settings.map(({ name: slots }) => ({
      slots,
      perSecond: good(slots),
      refusals: samples.median(slots, "refusalsPerSecond"),
      p50: samples.median(slots, "p50"),
      p99: samples.median(slots, "p99"),
    })),
  };
}

export async function measure({ quick, rounds, say }) {
  const times = { warmupMs: quick ? 5_000 : 10_000, ms: quick ? 3_000 : 5_000 };
  const tables = [];
  for (const one of handlers) {
    say(one.handler);
    tables.push(await table(one, fewer(rounds, 2), times));
  }
  return { tables };
}

export const tables = (data) =>
  data.tables.map(({ handler, rate, best, toBest, rows }) => ({
    title: `a handler of ${handler}, ${rate} requests a second; adaptive answers ${toBest.value.toFixed(2)} × the best fixed number, ${best}`,
    columns: ["slots", "results/s", "overloaded/s", "p50 ms", "p99 ms"],
    lines: rows.map(({ slots, perSecond, refusals, p50, p99 }) => [
      slots,
      perSecond.toFixed(0),
      refusals.toFixed(0),
      p50.toFixed(0),
      p99.toFixed(0),
    ]),
  }));

export const targets = (data) =>
  data.tables.map(({ handler, toBest }) => ({
    what: `results a second with adaptive slots, × the best fixed number (${handler})`,
    ...toBest,
    atLeast: 0.75,
  }));

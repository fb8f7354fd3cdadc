// One runtime in its own thread and in 1, 2 and 4 worker threads. Here the runtime may use every processor, the driver's
// too: with two of them, two workers and the driver want three.
import { cpus } from "node:os";
import { mooring, peer } from "../peers.mjs";
import { echo } from "./echo.mjs";
import { fewer, interleave } from "./samples.mjs";
import { window } from "./throughput-table.mjs";

export const name = "workers";

const registrations = 100;
const here = "0";
const settings = [here, "1", "2", "4"].map((workers) => ({ name: workers, env: { BENCH_WORKERS: workers } }));
const handlers = [
  { handler: "an echo", work: "echo" },
  { handler: "an echo that parses and writes its JSON 100 times over", work: "computing" },
];

async function table({ handler, work }, rounds, times) {
  const samples = await interleave(settings, rounds, ({ env }) =>
    echo(
      peer(mooring),
      registrations,
      { window, ...times },
      { env: { ...env, BENCH_WORK: work }, anyProcessor: true },
    ),
  );
  return {
    handler,
    rows: settings.map(({ name: workers }) => ({
      workers,
      perSecond: samples.median(workers, "perSecond"),
      toHere: samples.ratio(workers, here, "perSecond"),
      cpuUs: samples.median(workers, "cpuUs"),
      p99: samples.median(workers, "p99"),
    })),
  };
}

export async function measure({ quick, rounds, say }) {
  const times = { warmupMs: quick ? 500 : 1_000, ms: quick ? 700 : 2_000 };
  const tables = [];
  for (const one of handlers) {
    say(one.handler);
    tables.push(await table(one, fewer(rounds, 2), times));
  }
  return { processors: cpus().length, tables };
}

export const tables = (data) =>
  data.tables.map(({ handler, rows }) => ({
    title: `${handler}: ${registrations} × ${window} in flight, ${data.processors} processors for driver and runtime together`,
    columns: ["workers", "answers/s", "× without", "spread %", "CPU µs/answer", "p99 ms"],
    lines: rows.map(({ workers, perSecond, toHere, cpuUs, p99 }) => [
      workers,
      perSecond.toFixed(0),
      toHere.value.toFixed(2),
      toHere.spread.toFixed(0),
      cpuUs.toFixed(1),
      p99.toFixed(2),
    ]),
  }));

export const targets = () => [];

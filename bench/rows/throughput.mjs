// Answers a second on one core, all registrations with a window of requests in flight.
import { bare, peers, replay } from "../peers.mjs";
import { echo } from "./echo.mjs";
import { fewer, interleave } from "./samples.mjs";
import {
  leastCeiling,
  throughputCells,
  throughputColumns,
  throughputTable,
  window,
} from "./throughput-table.mjs";

export const name = "throughput";

async function table(registrations, rounds, shape) {
  const samples = await interleave([...peers, replay], rounds, (peer) => echo(peer, registrations, shape));
  const ratio = (peer, base) => samples.ratio(peer, base, "perSecond");
  return throughputTable(samples, registrations, { peers, replay }, (peer) => ({
    toConnectNode: ratio(peer, "connect-node"),
    toGrpcJs: ratio(peer, "grpc-js"),
    toNodeHttp2: ratio(peer, bare),
  }));
}

export async function measure({ quick, rounds, say }) {
  const shape = { window, warmupMs: quick ? 300 : 700, ms: quick ? 500 : 1_000 };
  const tables = [];
  for (const registrations of [1, 10, 100]) {
    say(`${registrations} registrations`);
    // The target is on the one with 10.
    const enough = registrations === 10 ? rounds : fewer(rounds, 4);
    tables.push(await table(registrations, enough, shape));
  }
  return { tables };
}

/** One build: in flight, what it answers and what that takes. */
export const comparisons = ({ quick }) =>
  [1, 10, 100].map((registrations) => ({
    title: `${registrations} × ${window} in flight`,
    async measure(build) {
      const shape = { window, warmupMs: quick ? 300 : 700, ms: quick ? 500 : 1_000 };
      const { perSecond, cpuUs, p50, p99 } = await echo(build, registrations, shape);
      return { "answers/s": perSecond, "CPU µs/answer": cpuUs, "p50 ms": p50, "p99 ms": p99 };
    },
  }));

export function tables(data) {
  return data.tables.map(({ registrations, ceiling, rows }) => ({
    title: `${registrations} × ${window} in flight; the driver can do ${ceiling.toFixed(1)} × the fastest${ceiling < leastCeiling ? " (below 1.5: void)" : ""}`,
    columns: [...throughputColumns, "× connect-node", "× grpc-js", "× node:http2"],
    lines: rows.map((row) => [
      ...throughputCells(row),
      row.toConnectNode.value.toFixed(2),
      row.toGrpcJs.value.toFixed(2),
      row.toNodeHttp2.value.toFixed(2),
    ]),
  }));
}

const rowOf = (data, registrations, judged) => {
  const table = data.tables.find((one) => one.registrations === registrations);
  return { ...table.rows.find(({ peer }) => peer === judged), isVoid: table.ceiling < leastCeiling };
};

export function targets(data, judged) {
  const ten = rowOf(data, 10, judged);
  const hundred = rowOf(data, 100, judged);
  const faster = (than, ratio, atLeast) => ({
    what: `answers a second, 10 × 16, × ${than}`,
    ...ratio,
    atLeast,
    isVoid: ten.isVoid,
  });
  return [
    faster("node:http2", ten.toNodeHttp2, 3),
    faster("grpc-js", ten.toGrpcJs, 1.6),
    faster("connect-node", ten.toConnectNode, 3),
    { what: "Jain fairness, 100 × 16", value: hundred.jain, atLeast: 0.99, digits: 4 },
  ];
}

/** Answers a second of each client with 10 registrations. */
export const capacities = (data) =>
  new Map(
    data.tables.find((one) => one.registrations === 10).rows.map(({ peer, perSecond }) => [peer, perSecond]),
  );

/** What {@link capacities} needs, for a row that is run alone. */
export const measureCapacity = async ({ quick }) => ({
  tables: [await table(10, 3, { window, warmupMs: 500, ms: quick ? 500 : 1_000 })],
});

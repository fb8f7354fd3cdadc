// Latency at half load: an open loop at half of what the slower of two clients can do, the same rate for both.
// Counted from when a request was due, so a client that falls behind cannot hide it.
import { bare, mooring, peers } from "../peers.mjs";
import { echo } from "./echo.mjs";
import { interleave } from "./samples.mjs";
import { capacities, measureCapacity } from "./throughput.mjs";

export const name = "half-load";

const registrations = 10;
/** Ratios of tails from a machine that shakes more than this only inform. */
const steady = 15;

async function table(clients, limit, { quick, rounds }) {
  const rate = Math.floor(limit / 2);
  const shape = { rate, warmupMs: quick ? 500 : 1_200, ms: quick ? 700 : 2_000 };
  const samples = await interleave(clients, rounds, (peer) => echo(peer, registrations, shape));
  return {
    rate,
    rows: clients.map(({ name: peer }) => ({
      peer,
      perSecond: samples.median(peer, "openPerSecond"),
      p50: samples.median(peer, "p50"),
      p99: samples.median(peer, "p99"),
      cpuUs: samples.median(peer, "cpuUs"),
      p50ToNodeHttp2: samples.ratio(peer, bare, "p50"),
      p99ToNodeHttp2: samples.ratio(peer, bare, "p99"),
    })),
  };
}

/** One table at the rate that the target means, with those who can keep it up; one that everybody can. */
export async function measure(bench) {
  const capacity = capacities(bench.results.throughput ?? (await measureCapacity(bench)));
  const slower = Math.min(capacity.get(mooring), capacity.get(bare));
  const slowest = Math.min(...capacity.values());
  const able = peers.filter(({ name: peer }) => capacity.get(peer) > slower * 0.75);
  bench.say(`${(slower / 2).toFixed(0)} and ${(slowest / 2).toFixed(0)} requests a second`);
  return { tables: [await table(able, slower, bench), await table(peers, slowest, bench)] };
}

export function tables(data) {
  const whose = [`half of the slower of ${mooring} and ${bare}`, "half of the slowest client"];
  return data.tables.map(({ rate, rows }, i) => ({
    title: `open loop, ${rate} requests a second: ${whose[i]}`,
    columns: [
      "client",
      "answers/s",
      "p50 ms",
      "p99 ms",
      "CPU µs/answer",
      "p50 × node:http2",
      "p99 × node:http2",
    ],
    lines: rows.map((row) => [
      row.peer,
      row.perSecond.toFixed(0),
      row.p50.toFixed(2),
      row.p99.toFixed(2),
      row.cpuUs.toFixed(1),
      row.p50ToNodeHttp2.value.toFixed(2),
      row.p99ToNodeHttp2.value.toFixed(2),
    ]),
  }));
}

export function targets(data, judged) {
  const row = data.tables[0].rows.find(({ peer }) => peer === judged);
  return [
    { what: "p50 at half load, × node:http2", ...row.p50ToNodeHttp2, atMost: 1.15 },
    { what: "p99 at half load, × node:http2", ...row.p99ToNodeHttp2, atMost: 1, steady },
  ];
}

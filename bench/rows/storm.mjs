// All streams end at once, or all connections: how long until everybody is registered again, over how many connections.
import { bare, peers } from "../peers.mjs";
import { wait, withSubject } from "../processes.mjs";
import { fewer, interleave } from "./samples.mjs";

export const name = "storm";

const registrations = 2_000;
/** 80 streams on each. */
const connections = 25;
const storms = [
  { what: "streams", backoff: "1ms" },
  { what: "connections", backoff: "1ms" },
  { what: "connections", backoff: "default" },
];

/** Given up then, and that is the figure. */
const limitMs = 60_000;

/** The delay that everybody keeps is not part of the work; the default's is up to a second, and stays in. */
const configuredMs = { "1ms": 1, default: 0 };

function once(peer, { what, backoff }) {
  return withSubject(
    peer,
    registrations,
    { env: { BENCH_BACKOFF: backoff } },
    async ({ driver, subject }) => {
      await wait(500);
      const before = await subject.ask("cpu", "figures");
      const gaveUp = wait(limitMs).then(() => ({ ms: limitMs, accepted: 0, mostOpen: 0 }));
      const { ms, accepted, mostOpen } = await Promise.race([driver.ask({ storm: what }, "storm"), gaveUp]);
      const after = await subject.ask("cpu", "figures");
      return { ms: ms - configuredMs[backoff], accepted, mostOpen, cpuMs: after.cpuMs - before.cpuMs };
    },
  );
}

async function table(storm, rounds) {
  const samples = await interleave(peers, rounds, (peer) => once(peer, storm));
  return {
    ...storm,
    rows: peers.map(({ name: peer }) => ({
      peer,
      ms: samples.median(peer, "ms"),
      spread: samples.spread(peer, "ms"),
      cpuMs: samples.median(peer, "cpuMs"),
      mostOpen: Math.max(...samples.values(peer, "mostOpen")),
      accepted: Math.max(...samples.values(peer, "accepted")),
      toNodeHttp2: samples.ratio(peer, bare, "ms"),
    })),
  };
}

export async function measure({ rounds, say }) {
  const tables = [];
  for (const storm of storms) {
    say(`${storm.what}, back-off ${storm.backoff}`);
    tables.push(await table(storm, fewer(rounds, 2)));
  }
  return { registrations, tables };
}

const titleOf = ({ what, backoff }, count) =>
  `all ${what} of ${count} registrations end, back-off ${backoff === "1ms" ? "1 ms without jitter" : "500 ms and up to 500 more"}; given up after ${limitMs / 1_000} s`;

export const comparisons = () =>
  storms.map((storm) => ({
    title: titleOf(storm, registrations),
    async measure(build) {
      const { ms, cpuMs } = await once(build, storm);
      return { ms, "CPU ms": cpuMs };
    },
  }));

export const tables = (data) =>
  data.tables.map(({ what, backoff, rows }) => ({
    title: titleOf({ what, backoff }, data.registrations),
    columns: ["client", "ms", "spread %", "CPU ms", "most connections", "new connections", "× node:http2"],
    lines: rows.map((row) => [
      row.peer,
      row.ms.toFixed(0),
      row.spread.toFixed(0),
      row.cpuMs.toFixed(0),
      String(row.mostOpen),
      String(row.accepted),
      row.toNodeHttp2.value.toFixed(2),
    ]),
  }));

export function targets(data, judged) {
  const rows = data.tables.map(({ what, backoff, rows: all }) => ({
    what,
    backoff,
    row: all.find(({ peer }) => peer === judged),
  }));
  return [
    ...rows
      .filter(({ backoff }) => backoff === "1ms")
      .map(({ what, row }) => ({
        what: `storm of ${data.registrations}, ${what} ended, × node:http2`,
        ...row.toNodeHttp2,
        atMost: 1.5,
      })),
    {
      what: "connections open at once in a storm",
      value: Math.max(...rows.map(({ row }) => row.mostOpen)),
      atMost: connections,
      digits: 0,
    },
  ];
}

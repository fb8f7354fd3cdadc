// From the start of the process to the last of many registrations.
import { bare, peers } from "../peers.mjs";
import { withSubject } from "../processes.mjs";
import { fewer, interleave } from "./samples.mjs";

export const name = "cold";

const registrations = 2_000;

export async function measure({ rounds }) {
  const enough = fewer(rounds, 2);
  const samples = await interleave(peers, enough, (peer) =>
    withSubject(peer, registrations, {}, async ({ startedMs, connections }) => ({ startedMs, connections })),
  );
  return {
    registrations,
    rows: peers.map(({ name: peer }) => ({
      peer,
      ms: samples.median(peer, "startedMs"),
      spread: samples.spread(peer, "startedMs"),
      connections: Math.max(...samples.values(peer, "connections")),
      toNodeHttp2: samples.ratio(peer, bare, "startedMs"),
    })),
  };
}

export const comparisons = () => [
  {
    title: `${registrations} registrations from the start of the process`,
    measure: (build) =>
      withSubject(build, registrations, {}, async ({ subject, startedMs }) => {
        const { cpuMs } = await subject.ask("cpu", "figures");
        return { ms: startedMs, "CPU ms": cpuMs };
      }),
  },
];

export const tables = (data) => [
  {
    title: `${data.registrations} registrations from the start of the process`,
    columns: ["client", "ms", "spread %", "connections", "× node:http2"],
    lines: data.rows.map((row) => [
      row.peer,
      row.ms.toFixed(0),
      row.spread.toFixed(0),
      String(row.connections),
      row.toNodeHttp2.value.toFixed(2),
    ]),
  },
];

export const targets = (data, judged) => [
  {
    what: `${data.registrations} registrations from cold, × node:http2`,
    ...data.rows.find(({ peer }) => peer === judged).toNodeHttp2,
    atMost: 1.5,
  },
];

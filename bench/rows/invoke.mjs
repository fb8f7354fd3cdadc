// A round trip to another connector, asked by a registration, beside the same messages of a bare node:http2 client that
// keeps who waits for which answer, and no more. The driver answers as the other connector.

import { bare, mooring, peer } from "../peers.mjs";
import { withSubject } from "../processes.mjs";
import { answerLine, answerMedians } from "./answer-table.mjs";
import { interleave } from "./samples.mjs";

export const name = "invoke";

const windows = [1, 16];
const subjects = [peer(bare), peer(mooring)];

async function table(window, rounds, times) {
  const samples = await interleave(subjects, rounds, (one) =>
    withSubject(one, 1, {}, ({ subject }) => subject.ask({ invoke: { window, ...times } }, "invoked")),
  );
  return {
    window,
    rows: subjects.map(({ name: subject }) => ({
      subject,
      ...answerMedians(samples, subject),
      p50ToBare: samples.ratio(subject, bare, "p50"),
      cpuToBare: samples.ratio(subject, bare, "cpuUs"),
    })),
  };
}

export async function measure({ quick, rounds }) {
  const times = { warmupMs: quick ? 500 : 1_000, ms: quick ? 700 : 1_500 };
  const tables = [];
  for (const window of windows) tables.push(await table(window, rounds, times));
  return { tables };
}

export const tables = (data) =>
  data.tables.map(({ window, rows }) => ({
    title: `invocations, ${window} at once`,
    columns: [
      "client",
      "round trips/s",
      "CPU µs",
      "p50 ms",
      "p99 ms",
      "p50, × bare",
      "CPU, × bare",
      "spread %",
    ],
    lines: rows.map((row) => answerLine(row, row.p50ToBare, row.cpuToBare)),
  }));

/** It has no target: what it does besides (limits of time and number, hops, hidden failures) is its purpose. */
export const targets = () => [];

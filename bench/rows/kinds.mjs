// What a kind of connector costs beside a bare echo: a tool's call of the same 128 bytes, and a static page of 64 KiB
// beside an echo of as many. Processor time of an answer is what counts: the driver may be the limit of answers a second.

import { mooring, peer } from "../peers.mjs";
import { answerLine, answerMedians } from "./answer-table.mjs";
import { echo } from "./echo.mjs";
import { interleave } from "./samples.mjs";

export const name = "kinds";

const registrations = 10;
const small = 128;
const large = 64 * 1024;

/** JSON of so many bytes. */
function sized(bytes, make) {
  return JSON.stringify(make("x".repeat(bytes - JSON.stringify(make("")).length)));
}

const call = {
  capabilityId: "echo",
  payload: sized(small, (text) => ({ tool: "echo", parameters: { text } })),
};

const groups = [
  {
    what: "a tool's call",
    window: 16,
    subjects: [
      { name: "bare echo", work: "echo", request: call },
      { name: "tool, jsonSchema()", work: "tool", request: call },
      { name: "tool, Zod", work: "zodTool", request: call },
    ],
  },
  {
    what: "64 KiB",
    window: 4,
    subjects: [
      { name: "bare echo", work: "echo", request: { payload: sized(large, (text) => ({ text })) } },
      { name: "static page", work: "page", request: { payload: JSON.stringify({ path: "/page.html" }) } },
    ],
  },
];

async function table({ what, window, subjects }, rounds, times) {
  const samples = await interleave(subjects, rounds, ({ work, request }) =>
    echo(peer(mooring), registrations, { window, request, ...times }, { env: { BENCH_WORK: work } }),
  );
  const [base] = subjects;
  return {
    what,
    window,
    rows: subjects.map(({ name: subject }) => ({
      subject,
      ...answerMedians(samples, subject),
      perSecondToBase: samples.ratio(subject, base.name, "perSecond"),
      cpuToBase: samples.ratio(subject, base.name, "cpuUs"),
    })),
  };
}

export async function measure({ quick, rounds, say }) {
  const times = { warmupMs: quick ? 700 : 1_500, ms: quick ? 700 : 1_500 };
  const tables = [];
  for (const group of groups) {
    say(group.what);
    tables.push(await table(group, rounds, times));
  }
  return { tables };
}

export const tables = (data) =>
  data.tables.map(({ what, window, rows }) => ({
    title: `${what}, ${registrations} × ${window} in flight`,
    columns: [
      "connector",
      "answers/s",
      "CPU µs/answer",
      "p50 ms",
      "p99 ms",
      "answers/s, ×",
      "CPU, ×",
      "spread %",
    ],
    lines: rows.map((row) => answerLine(row, row.perSecondToBase, row.cpuToBase)),
  }));

/** A page has none: it looks at the disk for each, which an echo does not. */
const cpuOf = (data, group, subject) =>
  data.tables[group].rows.find((row) => row.subject === subject).cpuToBase;

export const targets = (data) => [
  {
    what: "processor time of a tool's call, jsonSchema(), × a bare echo",
    ...cpuOf(data, 0, "tool, jsonSchema()"),
    atMost: 1.15,
  },
  {
    what: "processor time of a tool's call, Zod, × a bare echo",
    ...cpuOf(data, 0, "tool, Zod"),
    atMost: 1.15,
  },
];

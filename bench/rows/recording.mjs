// What the recording costs, which is on by default: per answer, where it does nothing, and per registration that starts.
import { mooring, peer } from "../peers.mjs";
import { withSubject } from "../processes.mjs";
import { echo } from "./echo.mjs";
import { fewer, interleave } from "./samples.mjs";

export const name = "recording";

const registrations = 500;

const modes = [
  { name: "off", env: { BENCH_RECORDING: "0" } },
  { name: "on", env: {} },
];

export async function measure({ quick, rounds }) {
  const shape = { window: 16, warmupMs: quick ? 300 : 700, ms: quick ? 500 : 1_000 };
  const answers = await interleave(modes, rounds, ({ env }) => echo(peer(mooring), 10, shape, { env }));
  const starts = await interleave(modes, fewer(rounds, 3), ({ env }) =>
    withSubject(peer(mooring), registrations, { env }, async ({ startedMs }) => ({ startedMs })),
  );
  return {
    registrations,
    answers: answers.ratio("on", "off", "perSecond"),
    starts: starts.ratio("on", "off", "startedMs"),
  };
}

export const tables = (data) => [
  {
    title: "recording on × off",
    columns: ["what", "×", "spread %"],
    lines: [
      ["answers a second", data.answers.value.toFixed(2), data.answers.spread.toFixed(0)],
      [
        `start of ${data.registrations} registrations`,
        data.starts.value.toFixed(2),
        data.starts.spread.toFixed(0),
      ],
    ],
  },
];

export const targets = (data) => [
  { what: "answers a second with recording on, × off", ...data.answers, atLeast: 0.97 },
];

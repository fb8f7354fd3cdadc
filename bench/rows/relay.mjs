// WebSocket frames that an app's connector relays between pages and a backend, beside a relay of two sockets of `ws`. Pages
// and backend are the driver's in both cases.
import { mooring, peer } from "../peers.mjs";
import { withSubject } from "../processes.mjs";
import { interleave } from "./samples.mjs";

export const name = "relay";

const connections = 8;
const window = 32;

const bare = "bare ws";
const subjects = [
  { name: bare, peer: { name: "ws-relay", module: "ws-relay", env: {} }, count: 0 },
  { name: mooring, peer: peer(mooring), count: 1 },
];

const measured = (subject, times) =>
  withSubject(subject.peer, subject.count, { env: { BENCH_WORK: "relay" } }, async (running) => {
    const url = subject.count === 0 ? await running.subject.ask("relay", "relay") : undefined;
    const before = running.driver.next("counting").then(() => running.subject.ask("cpu", "figures"));
    const relay = { connections, window, url, ...times };
    const { frames, perSecond } = await running.driver.ask({ relay }, "relayed");
    const after = await running.subject.ask("cpu", "figures");
    return { perSecond, cpuUs: ((after.cpuMs - (await before).cpuMs) * 1_000) / frames };
  });

export async function measure({ quick, rounds }) {
  const times = { warmupMs: quick ? 700 : 1_500, ms: quick ? 1_000 : 2_000 };
  const samples = await interleave(subjects, rounds, (subject) => measured(subject, times));
  return {
    rows: subjects.map(({ name: subject }) => ({
      subject,
      perSecond: samples.median(subject, "perSecond"),
      cpuUs: samples.median(subject, "cpuUs"),
      toBare: samples.ratio(subject, bare, "perSecond"),
      cpuOfBare: samples.ratio(bare, subject, "cpuUs"),
    })),
  };
}

export const tables = (data) => [
  {
    title: `frames of 128 bytes from a page to its backend and back, ${connections} × ${window} in flight`,
    columns: ["relay", "frames/s", "CPU µs/frame", "frames/s, × ws", "CPU, × less than ws", "spread %"],
    lines: data.rows.map((row) => [
      row.subject,
      row.perSecond.toFixed(0),
      row.cpuUs.toFixed(1),
      row.toBare.value.toFixed(2),
      row.cpuOfBare.value.toFixed(2),
      row.cpuOfBare.spread.toFixed(0),
    ]),
  },
];

export function targets(data, judged) {
  const row = data.rows.find(({ subject }) => subject === judged);
  return [
    { what: "relayed frames a second, × a bare relay of ws", ...row.toBare, atLeast: 0.8 },
    {
      what: "processor time of a relayed frame, × less than a bare relay of ws",
      ...row.cpuOfBare,
      atLeast: 0.8,
    },
  ];
}

// WebSocket: Mooring beside a bare `ws` client that makes the same frames, base64 and messages. One socket has up to 512
// registrations, so what the driver can do is another figure than over gRPC.
import { residentKb } from "../memory.mjs";
import { bareSocket, mooringSocket, socketPeers, socketReplay } from "../peers.mjs";
import { wait, withSubject } from "../processes.mjs";
import { echo } from "./echo.mjs";
import { fewer, interleave } from "./samples.mjs";
import {
  leastCeiling,
  throughputCells,
  throughputColumns,
  throughputTable,
  window,
} from "./throughput-table.mjs";

export const name = "websocket";

const many = 2_000;
const idle = 1_000;
const settleMs = 2_000;
const stormLimitMs = 60_000;

async function throughput(registrations, rounds, shape) {
  const samples = await interleave([...socketPeers, socketReplay], rounds, (peer) =>
    echo(peer, registrations, shape),
  );
  return throughputTable(samples, registrations, { peers: socketPeers, replay: socketReplay }, (peer) => ({
    toBare: samples.ratio(peer, bareSocket, "perSecond"),
    // Of others on the machine it is disturbed less.
    cpuOfBare: samples.ratio(bareSocket, peer, "cpuUs"),
  }));
}

/** In KB: 2 s after the last registration, and after a collection that is forced. */
const memoryOf = (peer, count) =>
  withSubject(peer, count, {}, async ({ subject }) => {
    await wait(settleMs);
    const settled = residentKb(subject.pid);
    await subject.ask("collect", "figures");
    await wait(500);
    return { settled, collected: residentKb(subject.pid) };
  });

async function memory(rounds) {
  const each = await interleave(socketPeers, rounds, async (peer) => {
    const one = await memoryOf(peer, 1);
    const all = await memoryOf(peer, idle);
    const of = (field) => (all[field] - one[field]) / (idle - 1);
    return { settled: of("settled"), collected: of("collected") };
  });
  return socketPeers.map(({ name: peer }) => ({
    peer,
    settled: each.median(peer, "settled"),
    collected: each.median(peer, "collected"),
  }));
}

/** From the start of the process to the last registration; then every socket is cut. */
async function coldAndStorm(rounds) {
  const samples = await interleave(socketPeers, rounds, (peer) =>
    withSubject(peer, many, { env: { BENCH_BACKOFF: "1ms" } }, async ({ driver, startedMs, connections }) => {
      await wait(500);
      const gaveUp = wait(stormLimitMs).then(() => ({ ms: stormLimitMs, mostOpen: 0 }));
      const { ms, mostOpen } = await Promise.race([driver.ask({ storm: "connections" }, "storm"), gaveUp]);
      return { startedMs, connections, stormMs: ms - 1, mostOpen };
    }),
  );
  return socketPeers.map(({ name: peer }) => ({
    peer,
    ms: samples.median(peer, "startedMs"),
    connections: Math.max(...samples.values(peer, "connections")),
    stormMs: samples.median(peer, "stormMs"),
    mostOpen: Math.max(...samples.values(peer, "mostOpen")),
    coldToBare: samples.ratio(peer, bareSocket, "startedMs"),
    stormToBare: samples.ratio(peer, bareSocket, "stormMs"),
  }));
}

export async function measure({ quick, rounds, say }) {
  const shape = { window, warmupMs: quick ? 500 : 1_000, ms: quick ? 700 : 1_500 };
  const tables = [];
  for (const registrations of [1, 10, 100]) {
    say(`${registrations} registrations`);
    tables.push(await throughput(registrations, registrations === 10 ? rounds : fewer(rounds, 2), shape));
  }
  say("memory");
  const resident = await memory(quick ? 1 : 3);
  say("cold start and storm");
  return { tables, memory: resident, starts: await coldAndStorm(fewer(rounds, 2)) };
}

const fixed = (value, digits) => value.toFixed(digits);

export const tables = (data) => [
  ...data.tables.map(({ registrations, ceiling, rows }) => ({
    title: `WebSocket, ${registrations} × ${window} in flight; the driver can do ${fixed(ceiling, 1)} × the fastest${ceiling < leastCeiling ? " (below 1.5: answers a second are void)" : ""}`,
    columns: [...throughputColumns, "× ws", "CPU, × less than ws"],
    lines: rows.map((row) => [
      ...throughputCells(row),
      fixed(row.toBare.value, 2),
      fixed(row.cpuOfBare.value, 2),
    ]),
  })),
  {
    title: `WebSocket, KB resident for each of ${idle} idle registrations`,
    columns: ["client", "2 s after the start", "after a collection"],
    lines: data.memory.map((row) => [row.peer, fixed(row.settled, 1), fixed(row.collected, 1)]),
  },
  {
    title: `WebSocket, ${many} registrations: from the start of the process, and when every socket is cut, back-off 1 ms`,
    columns: ["client", "cold, ms", "× ws", "sockets", "storm, ms", "× ws", "most sockets"],
    lines: data.starts.map((row) => [
      row.peer,
      fixed(row.ms, 0),
      fixed(row.coldToBare.value, 2),
      String(row.connections),
      fixed(row.stormMs, 0),
      fixed(row.stormToBare.value, 2),
      String(row.mostOpen),
    ]),
  },
];

export function targets(data) {
  const ten = data.tables.find(({ registrations }) => registrations === 10);
  const row = ten.rows.find(({ peer }) => peer === mooringSocket);
  const most = data.starts.find(({ peer }) => peer === mooringSocket);
  return [
    {
      what: "WebSocket, answers a second, 10 × 16, × ws",
      ...row.toBare,
      atLeast: 1,
      isVoid: ten.ceiling < leastCeiling,
    },
    { what: "WebSocket, processor time of an answer, 10 × 16, × less than ws", ...row.cpuOfBare, atLeast: 1 },
    {
      what: `WebSocket, sockets open at once in a storm of ${many}`,
      value: most.mostOpen,
      atMost: 4,
      digits: 0,
    },
  ];
}

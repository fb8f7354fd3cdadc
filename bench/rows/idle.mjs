// What a registration costs that does nothing: memory and processor time, many registrations less one of the same
// client. Memory is the kernel's figure from outside (VmRSS): as it goes from the last registration on, two minutes long,
// and after a garbage collection that the benchmark forces.
import { clock } from "../clock.mjs";
import { residentKb } from "../memory.mjs";
import { bare, peers } from "../peers.mjs";
import { start, wait, withSubject } from "../processes.mjs";
import { median } from "../statistics.mjs";

export const name = "idle";

const settleMs = 2_000;
/**
 * When memory is looked at, from the last registration on. The last is long enough for V8 to find that nothing happens,
 * and to give back what the start-up has left half empty.
 */
const momentsMs = [0, settleMs, 10_000, 30_000, 120_000];
const quickMomentsMs = [0, settleMs, 2 * settleMs];
const heartbeatMs = 30_000;
const noHeartbeats = {};
const heartbeats = { BENCH_HEARTBEAT_MS: String(heartbeatMs) };

async function figuresOf({ subject }) {
  return (await subject.ask("cpu", "figures")).cpuMs;
}

/** In KB, after a collection. */
async function collected({ subject }) {
  const { heapUsed } = await subject.ask("collect", "figures");
  await wait(500);
  return { resident: residentKb(subject.pid), heap: heapUsed / 1_024 };
}

/** One registration: what the client needs anyhow. */
async function baseOf(peer, times) {
  const found = [];
  for (let i = 0; i < times; i += 1) {
    found.push(
      await withSubject(peer, 1, {}, async (running) => {
        await wait(settleMs);
        return { settled: residentKb(running.subject.pid), collected: await collected(running) };
      }),
    );
  }
  const middle = (field) => median(found.map(field));
  return {
    settled: middle((one) => one.settled),
    resident: middle((one) => one.collected.resident),
    heap: middle((one) => one.collected.heap),
  };
}

/** Resident KB at each moment from now on. */
async function curveOf({ subject }, moments) {
  const begun = clock();
  const curve = [];
  for (const atMs of moments) {
    await wait(Math.max(0, begun + atMs - clock()));
    curve.push({ atMs, kb: residentKb(subject.pid) });
  }
  return curve;
}

const sliceMs = 5_000;

/** Shares of a core, by client: of the whole window, and of the slice of it that is in the middle. */
async function cpuOf(running, windowMs) {
  const slices = running.map(() => []);
  let before = await Promise.all(running.map(figuresOf));
  for (let left = windowMs; left > 0; left -= sliceMs) {
    await wait(sliceMs);
    const after = await Promise.all(running.map(figuresOf));
    for (const [i, ms] of after.entries()) slices[i].push((ms - before[i]) / sliceMs);
    before = after;
  }
  return slices.map((all) => ({
    mean: all.reduce((sum, share) => sum + share, 0) / all.length,
    middle: median(all),
  }));
}

/**
 * All clients side by side, so that each has the same machine at the same time; they hardly use it. Garbage of the
 * start-up is collected first. V8 collects once or twice more when it finds that nothing happens, some time in the
 * window, which costs up to a second and never comes again: so idleness is the slice in the middle.
 */
async function sideBySide(count, env, { moments, windowMs, say }) {
  const running = [];
  try {
    for (const peer of peers) {
      say(`${count} × ${peer.name}`);
      const one = await start(peer, count, { env });
      const curve = curveOf(one, moments);
      // Awaited below; when a client cannot start, that is what is told.
      curve.catch(() => {});
      running.push({ ...one, peer, curve });
      await wait(settleMs);
    }
    const curves = await Promise.all(running.map(({ curve }) => curve));
    for (const one of running) one.collected = await collected(one);
    const cpu = await cpuOf(running, windowMs);
    return running.map(({ peer, collected: after }, i) => ({
      peer: peer.name,
      curve: curves[i],
      collected: after,
      cpu: cpu[i],
    }));
  } finally {
    await Promise.all(running.map((one) => one.end()));
  }
}

function memoryRows(count, found, bases) {
  return {
    registrations: count,
    rows: found.map(({ peer, curve: all, collected: after }) => {
      const base = bases.get(peer);
      const each = (all, one) => (all - one) / (count - 1);
      const curve = all.map(({ atMs, kb }) => ({ atMs, kb: each(kb, base.settled) }));
      return {
        peer,
        curve,
        resident: curve.find(({ atMs }) => atMs === settleMs).kb,
        idled: curve.at(-1).kb,
        collected: each(after.resident, base.resident),
        heap: each(after.heap, base.heap),
      };
    }),
  };
}

export async function measure({ quick, say }) {
  const few = 1_000;
  const many = quick ? 2_000 : 10_000;
  const times = quick ? 1 : 3;
  const moments = quick ? quickMomentsMs : momentsMs;
  const bases = new Map();
  for (const peer of peers) bases.set(peer.name, await baseOf(peer, times));
  const fewIdle = await sideBySide(few, noHeartbeats, { moments, windowMs: 0, say });
  const manyIdle = await sideBySide(many, noHeartbeats, { moments, windowMs: quick ? 5_000 : 20_000, say });
  // Two beats of each registration, or fewer when it must be quick.
  const windowMs = quick ? 10_000 : heartbeatMs;
  const beating = await sideBySide(many, heartbeats, { moments: [quick ? 4_000 : 17_000], windowMs, say });
  const shareOf = (found, peer) => found.find((one) => one.peer === peer).cpu;
  return {
    memory: [memoryRows(few, fewIdle, bases), memoryRows(many, manyIdle, bases)],
    cpu: {
      registrations: many,
      heartbeatMs,
      rows: peers.map(({ name: peer }) => ({
        peer,
        percentIdle: shareOf(manyIdle, peer).middle * 100,
        percentBeating: shareOf(beating, peer).mean * 100,
        toNodeHttp2: shareOf(beating, peer).mean / shareOf(beating, bare).mean,
      })),
    },
  };
}

/** One after the other, without the two minutes: a figure of each build per round. */
export const comparisons = ({ quick }) => {
  const count = quick ? 1_000 : 2_000;
  return [
    {
      title: `idle registration, ${count} of them less one`,
      async measure(build) {
        const base = await baseOf(build, 1);
        return withSubject(build, count, {}, async (running) => {
          await wait(settleMs);
          const settled = residentKb(running.subject.pid);
          const after = await collected(running);
          const each = (all, one) => (all - one) / (count - 1);
          return {
            "KB resident after 2 s": each(settled, base.settled),
            "KB resident after a collection": each(after.resident, base.resident),
            "KB of heap after a collection": each(after.heap, base.heap),
          };
        });
      },
    },
  ];
};

/** Of a client's row; results from before the curve have two moments of it. */
export const curveIn = ({ curve, resident, idled }) =>
  curve ?? [
    { atMs: settleMs, kb: resident },
    { atMs: momentsMs.at(-1), kb: idled },
  ];

export const tables = ({ memory, cpu }) => [
  ...memory.map(({ registrations, rows }) => ({
    title: `idle registration, KB, ${registrations} of them less one of the same client`,
    columns: [
      "client",
      ...curveIn(rows[0]).map(({ atMs }) => `resident after ${atMs / 1_000} s`),
      "after a collection",
      "heap after a collection",
    ],
    lines: rows.map((row) => [
      row.peer,
      ...[...curveIn(row).map(({ kb }) => kb), row.collected, row.heap].map((value) => value.toFixed(1)),
    ]),
  })),
  {
    title: `processor time of ${cpu.registrations} idle registrations, percent of a core`,
    columns: ["client", "heartbeats off", `every ${cpu.heartbeatMs / 1_000} s`, "× node:http2"],
    lines: cpu.rows.map((row) => [
      row.peer,
      row.percentIdle.toFixed(2),
      row.percentBeating.toFixed(2),
      row.toNodeHttp2.toFixed(2),
    ]),
  },
];

export function targets({ memory, cpu }, judged) {
  const row = cpu.rows.find(({ peer }) => peer === judged);
  return [
    ...memory.flatMap(({ registrations, rows }) => {
      const { resident, idled } = rows.find(({ peer }) => peer === judged);
      return [
        { value: resident, when: "2 s after the start", atMost: registrations > 1_000 ? 24 : 28 },
        { value: idled, when: "after two minutes", atMost: registrations > 1_000 ? 12 : 28 },
      ].map(({ value, when, atMost }) => ({
        what: `idle registration, KB resident, ${registrations} of them, ${when}`,
        value,
        atMost,
        digits: 1,
      }));
    }),
    {
      what: `${cpu.registrations} idle, heartbeats off, percent of a core`,
      value: row.percentIdle,
      atMost: 1,
    },
    {
      what: `${cpu.registrations} idle, heartbeats every ${cpu.heartbeatMs / 1_000} s, CPU × node:http2`,
      value: row.toNodeHttp2,
      atMost: 1.3,
    },
  ];
}

// What every subject does: read its orders, report its processor time and memory, end with its parent.
import { Session } from "node:inspector/promises";

export const url = process.env.BENCH_URL;
export const port = Number(new URL(url).port);
/** Where the driver speaks WebSocket. */
export const socketUrl = process.env.BENCH_SOCKET_URL;
export const count = Number(process.env.BENCH_COUNT);
/** Between heartbeats of one stream; 0 = none. */
export const heartbeatMs = Number(process.env.BENCH_HEARTBEAT_MS ?? 0);
/** Registrations on one connection: the default of Mooring. */
export const perConnection = 80;
/** `none`, `1ms`, or `default`: as Mooring's own, 500 ms and up to 500 more. */
export const backoff = process.env.BENCH_BACKOFF ?? "none";

export const registration = (i) => ({ tenantId: "t", connectorType: "echo", instanceId: `i${i}` });

/** A stream is over: opens it again after the back-off. Where no storm is measured, that is a fault. */
export function reopen(open) {
  if (backoff === "none") process.exit(1);
  setTimeout(open, backoff === "1ms" ? 1 : 500 + Math.random() * 500);
}

/** Beats of stream `i`, spread over the interval. Returns how to stop. */
export function beats(i, beat) {
  if (heartbeatMs === 0) return () => {};
  let timer = setTimeout(
    () => {
      beat();
      timer = setInterval(beat, heartbeatMs);
    },
    (i / count) * heartbeatMs,
  );
  return () => clearTimeout(timer);
}

const profiler = new Session();
const sampleUs = 200;

async function profile(what) {
  if (what === "stop") {
    const { profile: found } = await profiler.post("Profiler.stop");
    return process.send({ profile: found });
  }
  profiler.connect();
  await profiler.post("Profiler.enable");
  await profiler.post("Profiler.setSamplingInterval", { interval: sampleUs });
  await profiler.post("Profiler.start");
  return process.send({ profiling: true });
}

/** `cpu` costs nothing; `collect` collects garbage first. */
process.on("message", (command) => {
  if (command.profile) return profile(command.profile);
  if (command === "collect") globalThis.gc();
  const { user, system } = process.cpuUsage();
  return process.send({ figures: { cpuMs: (user + system) / 1_000, ...process.memoryUsage() } });
});
process.on("disconnect", () => process.exit());

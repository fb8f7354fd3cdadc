// What every subject does: read its orders, report its processor time and memory, end with its parent.
export const url = process.env.BENCH_URL;
export const port = Number(new URL(url).port);
export const count = Number(process.env.BENCH_COUNT);
/** Between heartbeats of one stream; 0 = none. */
export const heartbeatMs = Number(process.env.BENCH_HEARTBEAT_MS ?? 0);

export const registration = (i) => ({ tenantId: "t", connectorType: "echo", instanceId: `i${i}` });

/** `cpu` costs nothing; `figures` collects garbage first, for memory. */
process.on("message", (command) => {
  if (command !== "figures" && command !== "cpu") return;
  if (command === "figures") globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  process.send({ figures: { cpuMs: (user + system) / 1_000, ...process.memoryUsage() } });
});
process.on("disconnect", () => process.exit());

// What every subject does: read its orders, report its processor time and memory, end with its parent.
export const url = process.env.BENCH_URL;
export const port = Number(new URL(url).port);
export const count = Number(process.env.BENCH_COUNT);

export const registration = (i) => ({ tenantId: "t", connectorType: "echo", instanceId: `i${i}` });

process.on("message", (command) => {
  if (command !== "figures") return;
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  process.send({ figures: { cpuMs: (user + system) / 1_000, ...memory } });
});
process.on("disconnect", () => process.exit());

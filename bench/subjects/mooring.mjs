// Mooring as its users have it: outbox, journal and machines included. BENCH_INSPECT=1 turns inspection on.
import { createRuntime, requestResponseConnector } from "mooring";
import { count, heartbeatMs, port } from "./common.mjs";

const echo = requestResponseConnector({
  type: "echo",
  version: "1.0.0",
  execute: (request) => request.json(),
});
const runtime = createRuntime({
  url: `grpc://127.0.0.1:${port}`,
  env: {},
  ...(heartbeatMs > 0 ? { heartbeat: { intervalMs: heartbeatMs, timeoutMs: 2 * heartbeatMs } } : {}),
  metricsIntervalMs: 0,
  inspect: process.env.BENCH_INSPECT === "1",
});
for (let i = 0; i < count; i += 1) runtime.add({ tenantId: "t", instanceId: `i${i}`, connector: echo });
await runtime.start({ timeoutMs: 60_000 });

/**
 * `COUNT` echo registrations (`echo-0`, `echo-1`, …) on one runtime, for measuring from outside: quiet and lean.
 *
 *     npm run build && COUNT=100 STRIKE48_URL=grpc://localhost:50061 node --import jiti/register examples/echo.ts
 *
 * Reads STRIKE48_URL, TENANT_ID, AUTH_TOKEN and the other names of the table of variables in docs/options.md.
 */
import { createRuntime, requestResponseConnector } from "mooring";

const count = Number(process.env.COUNT ?? "1");
if (!Number.isInteger(count) || count < 1)
  throw new Error(`COUNT must be a whole number of at least 1; got "${process.env.COUNT}".`);

const echo = requestResponseConnector({
  type: "echo",
  version: "1.0.0",
  execute: (request) => request.json(),
});

const runtime = createRuntime();
for (let i = 0; i < count; i += 1) runtime.add({ instanceId: `echo-${i}`, connector: echo });

const stop = () => void runtime.drain();
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

await runtime.start();
await runtime.closed;

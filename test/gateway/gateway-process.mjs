/** A gateway in a process of its own, told what to do by messages. */
import { startGateway } from "../../dist/gateway.js";

const mib = 1024 * 1024;

/** Requests of 1 MiB to each of `keys`, whose callers give up when those have gone out that can. */
async function flood(gateway, { keys, count }) {
  const callers = keys.flatMap((key) =>
    Array.from({ length: count }, () => ({ key, gone: new AbortController() })),
  );
  const asked = callers.map(({ key, gone }) =>
    gateway.execute(key, { payload: new Uint8Array(mib), signal: gone.signal }).catch(() => {}),
  );
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  for (const { gone } of callers) gone.abort();
  await Promise.all(asked);
  return {};
}

function residentBytes() {
  globalThis.gc();
  return { bytes: process.memoryUsage.rss() };
}

try {
  const gateway = await startGateway(JSON.parse(process.argv[2] ?? "{}"));
  process.on("message", async ({ flood: wanted }) => {
    process.send(wanted ? await flood(gateway, wanted) : residentBytes());
  });
  process.send({ started: true, port: gateway.port });
} catch (error) {
  process.send({ started: false, message: String(error) });
}

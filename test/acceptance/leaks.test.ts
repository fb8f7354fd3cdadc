import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { adapterRow, type TransportName, transportNames } from "../../src/transport/adapters.js";

const schemes = { gRPC: "grpc", WebSocket: "ws" };

/** Runs against the build: a process of its own shows best what is left behind. */
const scriptFor = (transport: TransportName) => `
import { createRuntime, requestResponseConnector } from "mooring";
import { startGateway } from "mooring/gateway";
process.on("unhandledRejection", (error) => { console.log("UNHANDLED", error); });
const gateway = await startGateway({ approval: "automatic" });
const echo = requestResponseConnector({ type: "echo", version: "1.0.0", execute: (request) => request.json() });
const runtime = createRuntime({ url: gateway.url.replace(/^grpc/, "${schemes[adapterRow(transport).speaks]}"), env: {}, transport: "${transport}" });
for (let i = 0; i < 100; i += 1) runtime.add({ tenantId: "t", instanceId: "i" + i, connector: echo });
await runtime.start();
await Promise.all(gateway.registrations().map((one, n) => gateway.execute(one.key, { payload: n })));
await gateway.restart();
await gateway.until((one) => one.stats().accepted >= 200, 60_000);
await runtime.close();
await gateway.close();
const find = () => process.getActiveResourcesInfo().filter((name) => !["PipeWrap", "TTYWrap", "Immediate"].includes(name));
// Closed handles leave at the end of a turn of the event loop.
for (let turn = 0; turn < 10 && find().length > 0; turn += 1) await new Promise((resolve) => setImmediate(resolve));
const left = find();
console.log(JSON.stringify(left));
`;

describe("after close()", () => {
  it.each(transportNames)(
    "no timer, socket or rejection is left, and the process ends by itself: %s",
    async (transport) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["--input-type=module", "-e", scriptFor(transport)],
        {
          timeout: 100_000,
        },
      );
      expect(JSON.parse(stdout)).toEqual([]);
    },
  );
});

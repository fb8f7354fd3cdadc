import { existsSync } from "node:fs";
import { createRuntime } from "mooring";
import { startGateway } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { echo } from "../support/connectors.js";

/** The two ways in which everything that runs can be ended. */
const ways = [
  ["close()", (one: { close(): Promise<void> }) => one.close()],
  ["await using", async (one: AsyncDisposable) => await one[Symbol.asyncDispose]()],
] as const;

describe.each(ways)("%s ends", (_, end) => {
  it("a gateway", async () => {
    const gateway = await startGateway();
    await end(gateway);
    await expect(fetch(gateway.httpUrl)).rejects.toThrow("fetch failed");
    await end(gateway);
  });

  it("a runtime", async () => {
    const runtime = createRuntime({ env: {} });
    await end(runtime);
    expect(runtime.status().phase).toBe("stopped");
    await end(runtime);
  });

  it("a test bench, with all that it is made of", async () => {
    const registration = { tenantId: "t", instanceId: "i", connector: echo };
    const bench = await startTestBench({ registrations: [registration] });
    await end(bench);
    expect(bench.runtime.status().phase).toBe("stopped");
    await expect(fetch(bench.gateway.httpUrl)).rejects.toThrow("fetch failed");
    expect(existsSync(bench.credentialsDirectory)).toBe(false);
    await end(bench);
  });
});

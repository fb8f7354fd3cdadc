/** What goes well on one machine is no reason for a warning. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, silentLogger } from "mooring";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";
import { clearPassword, isThroughProxy } from "../support/transports.js";
import { untilStatus } from "../support/until.js";

it("[C14 #18] a registration that is approved, serves and drains logs no warning", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mooring-happy-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const gateway = await startGateway({ approval: "manual" });
  onTestFinished(() => gateway.close());
  const warnings: unknown[] = [];
  const warn = (_fields: object, message: string) => void warnings.push(message);
  const runtime = createRuntime({
    url: gateway.url,
    credentials: { directory },
    logger: { ...silentLogger, warn, error: warn },
    env: {},
  });
  onTestFinished(() => runtime.close());
  const { key } = runtime.add({ tenantId: "t", instanceId: "i", connector: echo });
  await runtime.start();
  gateway.approve(key);
  await untilStatus(runtime, key, (one) => one.credentialSource === "saved" && one.ready);
  expect((await gateway.execute(key, { payload: 1 })).success).toBe(true);
  await runtime.drain();
  expect(warnings).toEqual(isThroughProxy ? [clearPassword] : []);
});

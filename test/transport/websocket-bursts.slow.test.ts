/** How many sockets many registrations take at once: one for each 512 of a tenant, and none for two tenants. */
import { createRuntime, type Runtime } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { socketLimits } from "../../src/protocol/limits.js";
import { echo } from "../support/connectors.js";
import { urlFor } from "../support/transports.js";

async function burst(tenants: number, ofEach: number): Promise<{ gateway: Gateway; runtime: Runtime }> {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const runtime = createRuntime({
    url: urlFor(gateway, "websocket"),
    env: {},
    strict: true,
    // Nobody is late because the machine is busy.
    connectTimeoutMs: 100_000,
    ping: { intervalMs: 60_000, timeoutMs: 60_000 },
  });
  onTestFinished(() => runtime.close());
  for (let tenant = 0; tenant < tenants; tenant += 1)
    for (let n = 0; n < ofEach; n += 1)
      runtime.add({ tenantId: `tenant-${tenant}`, instanceId: `i${n}`, connector: echo });
  await runtime.start({ timeoutMs: 110_000 });
  return { gateway, runtime };
}

/** Each registration answers once, and what it was asked. */
async function everybodyAnswers(gateway: Gateway): Promise<void> {
  const answers = gateway.registrations().map(async ({ key }) => {
    const { success, json } = await gateway.execute(key, { payload: key, timeoutMs: 110_000 });
    return success && json() === key;
  });
  expect((await Promise.all(answers)).filter((isRight) => !isRight)).toEqual([]);
}

it("2,000 registrations of one tenant come on four sockets, and all of them serve", async () => {
  const { gateway, runtime } = await burst(1, 2_000);
  const sockets = Math.ceil(2_000 / socketLimits.places);
  expect(sockets).toBe(4);
  expect(gateway.stats()).toMatchObject({ connectionsAccepted: sockets, openConnections: sockets });
  expect(runtime.status().channels.map(({ streams }) => streams)).toEqual([512, 512, 512, 464]);
  expect(runtime.status().registrations.filter(({ ready }) => ready)).toHaveLength(2_000);
  await everybodyAnswers(gateway);
  expect(gateway.stats()).toMatchObject({ connectionsAccepted: sockets, overlappingStreams: 0 });
});

it("100 tenants come on 100 sockets, and none shares another's", async () => {
  const { gateway, runtime } = await burst(100, 2);
  expect(gateway.stats()).toMatchObject({ connectionsAccepted: 100, openConnections: 100 });
  expect(runtime.status().channels.map(({ streams }) => streams)).toEqual(Array(100).fill(2));
  await everybodyAnswers(gateway);
  expect(gateway.stats().connectionsAccepted).toBe(100);
});

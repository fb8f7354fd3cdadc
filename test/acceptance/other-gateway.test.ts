/** One machine, one folder of credentials, and now this gateway, now that one. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type Runtime } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { runChecks } from "../../src/doctor/index.js";
import { echo } from "../support/connectors.js";
import { isThroughProxy } from "../support/transports.js";
import { serving, untilStatus } from "../support/until.js";

const key = "t.echo_test.one";

/** The doctor's way to a gateway is in its environment. */
async function environment(home: string) {
  if (!isThroughProxy) return { HOME: home };
  const { fileProxy } = await import("../support/wss-proxy.js");
  return { HOME: home, STUDIO_PROXY: fileProxy().url };
}

async function gatewayOfItsOwn(): Promise<Gateway> {
  const gateway = await startGateway();
  onTestFinished(() => gateway.close());
  return gateway;
}

async function rig() {
  const home = await mkdtemp(join(tmpdir(), "mooring-other-gateway-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const runtimeAt = async (url: string): Promise<Runtime> => {
    const runtime = createRuntime({ url, env: { HOME: home }, strict: true });
    onTestFinished(() => runtime.close());
    runtime.add({ tenantId: "t", instanceId: "one", connector: echo });
    await runtime.start();
    return runtime;
  };
  return { home, first: await gatewayOfItsOwn(), second: await gatewayOfItsOwn(), runtimeAt };
}

const isPending = ({ child }: { child: string | null }) => child === "pendingApproval";

it("another gateway is met as a stranger, and the first one is served again without being asked", async () => {
  const { home, first, second, runtimeAt } = await rig();
  const env = await environment(home);
  const before = await runtimeAt(first.url);
  first.approve(key);
  await untilStatus(before, key, (one) => serving(one) && one.credentialSource === "saved");
  await before.close();
  const { registerRequests } = first.stats();

  const away = await runtimeAt(second.url);
  await untilStatus(away, key, isPending);
  const name = first.httpUrl.replace("127.0.0.1", "localhost");
  expect(away.status().registrations).toMatchObject([
    { credentialSource: "anonymous", otherGateway: name, cause: null },
  ]);
  expect(away.explain(key)).toContain(
    `Credentials: anonymous; what is saved was issued by another gateway, ${name}, and is not used for this one.`,
  );
  expect(second.stats()).toMatchObject({ refused: 0, pending: 1 });
  expect(first.stats().registerRequests).toBe(registerRequests);
  const whats = (await runChecks({ env, url: second.url })).map(({ what }) => what);
  expect(whats).toContainEqual(expect.stringContaining(`holds credentials of another gateway, ${name}`));
  expect(whats).toContainEqual(expect.stringContaining("a registration shows no credentials"));
  second.approve(key);
  await untilStatus(away, key, (one) => serving(one) && one.credentialSource === "saved");
  expect(away.status().registrations).toMatchObject([{ otherGateway: null }]);
  await away.close();

  for (const gateway of [first, second]) {
    const back = await runtimeAt(gateway.url);
    await untilStatus(back, key, (one) => serving(one) && one.credentialSource === "saved");
    await back.close();
  }
  const checks = await runChecks({ env, url: second.url });
  expect(checks).toContainEqual(
    expect.objectContaining({ what: `unless add() gives an authToken, ${key} uses its saved credentials` }),
  );
});

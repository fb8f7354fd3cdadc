import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createRuntime, requestResponseConnector } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { identityOf } from "../../src/runtime/identity.js";
import { registerMessage } from "../../src/session/register-message.js";
import { serving, untilStatus } from "../support/until.js";
import { never, offer, registerPath, startBench, temporaryFolder } from "./platform.js";

const connector = requestResponseConnector({ type: "calc.v2", version: "1.0.0", execute: () => 1 });
const unclean = { tenantId: "acme corp", instanceId: "host.1:a\tb", connector };

describe("[W-14] one identity everywhere", () => {
  it("the stream, the HTTP call and the file have the same form of unclean identifiers", async () => {
    const { platform, directory, credentials } = await startBench();
    const identity = identityOf(unclean, {});
    const registration = credentials.for(identity, undefined);
    const tokens = await registration.tokens(never);
    await registration.exchange(registration.deposit(offer()), never);
    const transport = { kind: "lean", tls: false };
    const { message } = registerMessage(identity, connector, { tags: [], metadata: {} }, tokens, transport);
    const body = JSON.parse(platform.received(registerPath)[0]?.body ?? "{}");
    expect(body).toMatchObject({ connector_type: "calc-v2", instance_id: "host-1-a-b" });
    expect(message.value).toMatchObject({
      tenantId: "acme-corp",
      connectorType: body.connector_type,
      instanceId: body.instance_id,
    });
    expect(await readdir(join(directory, "keys"))).toEqual(["acme-corp.calc-v2.host-1-a-b.pem"]);
  });

  it("a gateway that binds the one-time token to the stream's identity takes it from the HTTP call", async () => {
    const gateway = await startGateway({ approval: "manual" });
    onTestFinished(() => gateway.close());
    const directory = await temporaryFolder();
    const runtime = createRuntime({ url: gateway.url, credentials: { directory }, env: {} });
    onTestFinished(() => runtime.close());
    const { key } = runtime.add(unclean);
    void runtime.start();
    await untilStatus(runtime, key, (one) => one.child === "pendingApproval");
    gateway.approve(key);
    const status = await untilStatus(runtime, key, (one) => serving(one) && one.credentialSource === "saved");
    expect(status.key).toBe("acme-corp.calc-v2.host-1-a-b");
  });

  it.each([
    ["an empty instance", { instanceId: "" }, /instanceId is required/],
    ["a blank tenant", { tenantId: " \t" }, /tenantId is required/],
  ])("%s is refused before anything is sent", (_name, part, why) => {
    expect(() => identityOf({ ...unclean, ...part }, {})).toThrow(why);
  });
});

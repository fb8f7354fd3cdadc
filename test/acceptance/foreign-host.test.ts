/** A connector that calls the gateway by a name that is not the gateway's learns which setting lets it in. */
import { createRuntime } from "mooring";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";
import { notThroughProxy } from "../support/transports.js";
import { untilStatus } from "../support/until.js";

it
  .skipIf(notThroughProxy("the address is the test's own, in the clear"))
  .each(["lean", "h2", "connect", "grpc-js"] as const)(
  "explains the gateway's rule for hosts over %s",
  async (transport) => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    // An address of the gateway's listener that none of its names stands for.
    const runtime = createRuntime({ url: `grpc://[::ffff:127.0.0.1]:${gateway.port}`, transport, env: {} });
    onTestFinished(() => runtime.close());
    runtime.add({ tenantId: "t", instanceId: "one", connector: echo });
    void runtime.start();
    const key = "t.echo_test.one";
    const status = await untilStatus(runtime, key, ({ cause }) => cause !== null);
    expect(status).toMatchObject({ cause: "peer-error", code: "FAILED_PRECONDITION" });
    const said = runtime.explain(key);
    expect(said).toContain("name the host in allowedHosts (--allowed-hosts)");
    expect(said).not.toContain("Something before the gateway");
  },
);

import { constants } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type RuntimeOptions } from "mooring";
import { startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { tlsConnectionOptions } from "../../src/transport/tls.js";
import { authority } from "../support/certificates.js";
import { echo } from "../support/connectors.js";
import { nextMessage, peerClient } from "../support/grpc-peer.js";
import { backingOff, serving, untilStatus } from "../support/until.js";

const key = "t.echo_test.one";
const ends: (() => Promise<unknown>)[] = [];
const root = await authority();
const server = await root.issue("localhost", "127.0.0.1");

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function tlsGateway(material = server, clientCa?: string) {
  const gateway = await startGateway({
    approval: "automatic",
    tls: { ...material, ...(clientCa ? { clientCa } : {}) },
  });
  ends.push(() => gateway.close());
  return gateway;
}

function runtimeTo(url: string, tls: RuntimeOptions["tls"]) {
  const runtime = createRuntime({
    url,
    ...(tls ? { tls } : {}),
    connectTimeoutMs: 60_000,
    strict: true,
    env: {},
  });
  ends.push(() => runtime.close());
  runtime.add({ tenantId: "t", instanceId: "one", connector: echo });
  void runtime.start();
  return runtime;
}

describe("TLS", () => {
  it("trusts an extra CA, given as text or file, and serves", async () => {
    const directory = await mkdtemp(join(tmpdir(), "mooring-tls-"));
    ends.push(() => rm(directory, { recursive: true }));
    const caFile = join(directory, "ca.pem");
    await writeFile(caFile, root.ca);
    const gateway = await tlsGateway();
    for (const tls of [{ ca: root.ca }, { caFile }]) {
      const runtime = runtimeTo(gateway.url, tls);
      await untilStatus(runtime, key, serving);
      expect((await gateway.execute(key, { payload: "over TLS" })).json()).toBe("over TLS");
      await runtime.close();
    }
  });

  it("refuses an unknown CA, with a cause that says what to check", async () => {
    const gateway = await tlsGateway();
    const status = await untilStatus(runtimeTo(gateway.url, undefined), key, backingOff);
    expect(status).toMatchObject({ cause: "tls", child: "refused" });
    expect(status.detail).toContain("tls.caFile");
  });

  it("[C14 #82] [C16 #67] [T12.6 #7] system roots stay trusted beside an extra CA; names are not sent for addresses", () => {
    const options = tlsConnectionOptions({ ca: root.ca }, "127.0.0.1", ["h2"]);
    expect(options.ca?.length).toBeGreaterThan(50);
    expect(options).not.toHaveProperty("servername");
    expect(tlsConnectionOptions({}, "connectors.example.com", ["h2"])).toEqual({
      ALPNProtocols: ["h2"],
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      servername: "connectors.example.com",
    });
  });

  it("[C14 #82] [T12.8] insecure wins over a CA; a CA without certificates is refused by name", () => {
    expect(tlsConnectionOptions({ insecure: true, ca: "nonsense" }, "h", ["h2"])).toEqual({
      ALPNProtocols: ["h2"],
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      servername: "h",
      rejectUnauthorized: false,
    });
    expect(() => tlsConnectionOptions({ ca: "nonsense" }, "h", ["h2"])).toThrow(
      expect.objectContaining({
        failure: { cause: "tls", detail: "tls.ca holds no usable PEM certificate." },
      }),
    );
  });

  it("an independent client is served over TLS too", async () => {
    const gateway = await tlsGateway();
    const client = peerClient(`localhost:${gateway.port}`, root.ca);
    const stream = client.connect();
    stream.on("error", () => {});
    stream.write({ register_request: { tenant_id: "t", connector_type: "p", instance_id: "i" } });
    expect(await nextMessage(stream, "register_response")).toMatchObject({ success: true });
    stream.cancel();
    client.close();
  });
});

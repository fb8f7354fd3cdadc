/** The package `proxy`, a CONNECT proxy that others wrote, between a runtime and its gateway. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime } from "mooring";
import { startGateway } from "mooring/gateway";
import { createProxy } from "proxy";
import { expect, it, onTestFinished } from "vitest";
import { transportNames } from "../../src/transport/adapters.js";
import { authority } from "../support/certificates.js";
import { echo } from "../support/connectors.js";
import { urlFor } from "../support/transports.js";
import { untilStatus } from "../support/until.js";

const wanted = `Basic ${Buffer.from("alice:planted-secret").toString("base64")}`;
const trust = await authority();
const certificate = await trust.issue("127.0.0.1");

async function independentProxy() {
  const asked: (string | undefined)[] = [];
  const server = createProxy(createServer());
  server.authenticate = ({ url, headers }) => {
    asked.push(url);
    return headers["proxy-authorization"] === wanted;
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { asked, port: (server.address() as AddressInfo).port };
}

it.each(transportNames)(
  "[T12.10 #39] %s serves through it, and is refused without the password",
  async (transport) => {
    const gateway = await startGateway({ approval: "manual", tls: certificate });
    onTestFinished(() => gateway.close());
    const directory = await mkdtemp(join(tmpdir(), "mooring-peer-proxy-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const { asked, port } = await independentProxy();
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    const runtime = createRuntime({
      url: urlFor(gateway, transport),
      transport,
      tls: { ca: trust.ca },
      backoff: { baseMs: 10, maxMs: 50, jitterMs: 10 },
      credentials: { directory },
      env,
    });
    onTestFinished(() => runtime.close());
    const { key } = runtime.add({ tenantId: "t", instanceId: "i", connector: echo });
    const started = runtime.start();
    await untilStatus(runtime, key, (one) => one.code === "PROXY_AUTH_FAILED");
    env.HTTPS_PROXY = `http://alice:planted-secret@127.0.0.1:${port}`;
    await started;
    await untilStatus(runtime, key, (one) => one.child === "pendingApproval");
    gateway.approve(key);
    await untilStatus(runtime, key, (one) => one.credentialSource === "saved" && one.ready);
    expect((await gateway.execute(key, { payload: "hi" })).json()).toBe("hi");
    expect(new Set(asked)).toEqual(new Set([`127.0.0.1:${gateway.port}`]));
  },
);

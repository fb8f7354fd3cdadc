/** One address is all that is needed: it says transport, TLS and port, and where credentials are fetched. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRuntime } from "mooring";
import { type Gateway, type GatewayOptions, startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { authority } from "../support/certificates.js";
import { echo } from "../support/connectors.js";
import { startCommand } from "../support/run-command.js";
import { eventually, serving, untilStatus } from "../support/until.js";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const key = "acme.echo_test.one";

async function place(options: GatewayOptions = {}) {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  const home = await mkdtemp(join(tmpdir(), "mooring-one-url-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return { gateway, home, credentials: join(home, ".strike48", "credentials", `${key}.json`) };
}

/** With a certificate of an authority that nobody knows; `trust` is all that leads to it. */
async function securePlace() {
  const issuer = await authority("CN=Private CA");
  const there = await place({ tls: await issuer.issue("127.0.0.1") });
  const ca = join(there.home, "ca.pem");
  await writeFile(ca, issuer.ca);
  return { ...there, trust: { MATRIX_TLS_CA_CERT: ca } };
}

/** A module as people write one, where it finds the package. */
async function moduleFile(): Promise<string> {
  const file = join(dist, `one-url-${process.pid}.mjs`);
  onTestFinished(() => rm(file, { force: true }));
  await writeFile(
    file,
    `import { requestResponseConnector } from "mooring";
     const execute = (request) => request.json();
     export const echo = requestResponseConnector({ type: "echo_test", version: "1.0.0", execute });`,
  );
  return file;
}

async function approve(gateway: Gateway): Promise<void> {
  await gateway.until((one) => one.registrations().some(({ state }) => state === "pending"), 60_000);
  gateway.approve(key);
}

/** What was fetched over the gateway's HTTP API, whose address nobody has given. */
async function fetched(path: string): Promise<Readonly<Record<string, unknown>>> {
  await eventually(() => existsSync(path));
  return JSON.parse(await readFile(path, "utf8"));
}

async function run(args: readonly string[], home: string, env: Readonly<Record<string, string>> = {}) {
  const where = ["--tenant", "acme", "--instance", "one", "--control", join(home, "c.sock")];
  const running = startCommand(["run", await moduleFile(), ...args, ...where], { HOME: home, ...env });
  return {
    ...running,
    end: async () => {
      running.child.kill("SIGTERM");
      expect(await running.exited).toBe(143);
    },
  };
}

it("mooring run --url ws://… serves once approved, and comes back by the credentials it has fetched", async () => {
  const { gateway, home, credentials } = await place();
  const args = ["--url", `ws://127.0.0.1:${gateway.port}`];
  const first = await run(args, home);
  await approve(gateway);
  await first.says("streaming.serving");
  expect((await gateway.execute(key, { payload: { hello: 1 } })).json()).toEqual({ hello: 1 });
  const { client_id, keycloak_url, gateways } = await fetched(credentials);
  expect(keycloak_url).toBe(gateway.realmUrl);
  expect(gateways).toContain(gateway.httpUrl.replace("127.0.0.1", "localhost"));
  expect(gateway.clients().map(({ clientId }) => clientId)).toEqual([client_id]);
  await first.end();
  const again = await run(args, home);
  await again.says("streaming.serving");
  expect((await gateway.execute(key, { payload: 2 })).json()).toBe(2);
  expect(gateway.clients()).toHaveLength(1);
  await again.end();
});

it("mooring run with STRIKE48_URL=wss://… and a private authority fetches credentials by https", async () => {
  const { gateway, home, credentials, trust } = await securePlace();
  const running = await run([], home, { STRIKE48_URL: `wss://127.0.0.1:${gateway.port}`, ...trust });
  await approve(gateway);
  await running.says("streaming.serving");
  expect((await gateway.execute(key, { payload: 3 })).json()).toBe(3);
  expect(gateway.httpUrl).toMatch(/^https:/);
  expect(await fetched(credentials)).toMatchObject({
    keycloak_url: gateway.realmUrl,
    gateways: [gateway.httpUrl.replace("127.0.0.1", "localhost")],
  });
  await running.end();
});

it.each(["wss", "https", "grpcs"])("createRuntime({ url: %o }) needs nothing else", async (scheme) => {
  const { gateway, home, credentials, trust } = await securePlace();
  const runtime = createRuntime({
    url: `${scheme}://127.0.0.1:${gateway.port}`,
    env: { HOME: home, ...trust },
  });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "acme", instanceId: "one", connector: echo });
  const starting = runtime.start();
  await approve(gateway);
  await starting;
  await untilStatus(runtime, key, serving);
  expect((await gateway.execute(key, { payload: 4 })).json()).toBe(4);
  expect(await fetched(credentials)).toMatchObject({ keycloak_url: gateway.realmUrl });
  expect(gateway.clients()).toHaveLength(1);
});

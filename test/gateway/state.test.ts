/** What the embedded gateway keeps over its restart, and how it treats files that are not its own. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";
import { serving, untilStatus } from "../support/until.js";
import { fakeConnector } from "./fake-connector.js";
import { call, gatewayFor, ownerKey } from "./rig.js";

const key = "t.echo_test.one";

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-state-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

const stateOf = async (directory: string) =>
  JSON.parse(await readFile(join(directory, "gateway-state.json"), "utf8")).state;

/** The same gateway after an end without a word: nothing was said goodbye to. */
async function again(gateway: Gateway, state: string): Promise<Gateway> {
  const { port } = gateway;
  await gateway.close();
  return gatewayFor({ port, state });
}

describe("a state folder", () => {
  it("is refused to a second gateway, by its folder and the process that has it", async () => {
    const state = await folder();
    const first = await gatewayFor({ state });
    await expect(startGateway({ state })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: `The gateway's state folder ${state} is in use by a gateway in the process ${process.pid}: end that one, or give another folder with state (--state).`,
    });
    await first.close();
    await (await gatewayFor({ state })).close();
    expect(await readdir(state)).toEqual(["gateway-state.json"]);
  });
});

describe("a gateway with state", () => {
  it("knows an approved connector, its client and its tokens again", async () => {
    const state = join(await folder(), "new", "folder");
    const first = await gatewayFor({ state });
    const runtime = createRuntime({
      url: first.url,
      env: {},
      credentials: { directory: await folder() },
      backoff: { baseMs: 20, maxMs: 100, jitterMs: 10 },
      refusedDelayMs: 50,
    });
    onTestFinished(() => runtime.close());
    runtime.add({ tenantId: "t", instanceId: "one", connector: echo });
    await runtime.start();
    await call(`${first.httpUrl}/api/registrations/${key}/approve`, {});
    await untilStatus(runtime, key, serving);
    const second = await again(first, state);
    await second.until((one) => one.stats().accepted === 1);
    expect((await second.execute(key, { payload: 1 })).json()).toBe(1);
    expect(second.stats()).toMatchObject({ refused: 0, pending: 0 });
    expect(second.clients()).toMatchObject([{ key, origin: "one-time-token", revoked: false }]);
  });

  it("keeps decisions, one-time tokens, mounted keys and revocations", async () => {
    const state = await folder();
    const first = await gatewayFor({ state });
    const connector = fakeConnector(first);
    await connector.register();
    await call(`${first.httpUrl}/api/registrations/${ownerKey}/reject`, {});
    expect((await stateOf(state)).registrations).toMatchObject([{ instanceId: "one", state: "rejected" }]);
    const issued = await call(`${first.httpUrl}/api/one-time-tokens`, { tenantId: "t", connectorType: "c" });
    const { token } = issued.body as { token: string };
    const key = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
    const identity = { tenantId: "t", connectorType: "c", instanceId: "i" };
    first.registerClient({ identity, publicKey: key, clientId: "mounted" });
    first.revokeClient("mounted");
    await connector.leave();
    const second = await again(first, state);
    expect(second.registrations()).toMatchObject([{ key: ownerKey, state: "rejected", connected: false }]);
    expect(second.clients()).toMatchObject([{ clientId: "mounted", revoked: true, algorithm: "Ed25519" }]);
    const body = { token, public_key: "no key", connector_type: "c", instance_id: "i" };
    // The token counts: what is refused is the key.
    expect(await call(`${second.httpUrl}/api/connectors/register-with-ott`, body)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining("public_key") } },
    });
    second.deregister(ownerKey);
    const third = await again(second, state);
    expect(third.registrations()).toEqual([]);
  });

  it("writes a private file, and takes away what a write left behind that was cut off", async () => {
    const state = join(await folder(), "made");
    await mkdir(state, { mode: 0o755 });
    await writeFile(join(state, ".gateway-state.json.0123.tmp"), "{");
    await writeFile(join(state, "somebody-elses"), "");
    await gatewayFor({ state });
    expect((await readdir(state)).sort()).toEqual([
      "gateway-state.json",
      "gateway-state.lock",
      "somebody-elses",
    ]);
    expect((await stat(join(state, "gateway-state.json"))).mode & 0o777).toBe(0o600);
  });
});

describe("a state file that cannot be used", () => {
  const written = (state: object) => JSON.stringify({ kind: "mooring-gateway-state", version: 1, state });
  const lists = { registrations: [], clients: [], oneTimeTokens: [], issued: [] };
  const sessionTokens = { secret: "c2VjcmV0", revokedAt: [] };
  const administrators = "none";
  const client = { registrationKey: "a", clientId: "b", origin: "mounted-key", revoked: false };

  it.each([
    ["half a file", '{"kind":"mooring-ga', "no JSON"],
    ["nothing", "", "no JSON"],
    ["another program's", '{"version":3}', "was not written by Mooring"],
    ["a list", "[]", "was not written by Mooring"],
    ["a newer one", '{"kind":"mooring-gateway-state","version":2,"state":{}}', "another version"],
    ["no secret", written(lists), '"sessionTokens"'],
    ["a wrong list", written({ ...lists, sessionTokens, administrators, clients: {} }), '"clients"'],
    [
      "a wrong item",
      written({ ...lists, sessionTokens, administrators, issued: [{ model: "Grant" }] }),
      '"issued[0]"',
    ],
    [
      "a wrong public key",
      written({
        ...lists,
        sessionTokens,
        administrators,
        clients: [{ ...client, publicKey: { kty: "EC" } }],
      }),
      "key in it cannot be read",
    ],
    [
      "a wrong signing key",
      written({ ...lists, sessionTokens, administrators, signingKey: { kty: "EC" } }),
      "key in it cannot be read",
    ],
  ])("%s is left alone, and named", async (_what, text, why) => {
    const state = await folder();
    const path = join(state, "gateway-state.json");
    await writeFile(path, text);
    await expect(startGateway({ state })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringMatching(new RegExp(`${path}.*${why.replace(/[[\]]/g, "\\$&")}`)),
    });
    expect(await readFile(path, "utf8")).toBe(text);
  });

  it("a folder in its place, or a file in place of the folder, is an IO_ERROR with the path", async () => {
    const state = await folder();
    await mkdir(join(state, "gateway-state.json"));
    await expect(startGateway({ state })).rejects.toMatchObject({
      code: "IO_ERROR",
      message: expect.stringContaining("gateway-state.json cannot be read (EISDIR)"),
    });
    const file = join(await folder(), "file");
    await writeFile(file, "");
    await expect(startGateway({ state: file })).rejects.toMatchObject({
      code: "IO_ERROR",
      message: expect.stringContaining(file),
    });
    await expect(startGateway({ state: 5 as never })).rejects.toThrow("state must be a text");
  });

  it.skipIf(process.platform === "win32").each([
    ["a pipe", (path: string) => execFileSync("mkfifo", [path])],
    ["a device", (path: string) => symlink("/dev/zero", path)],
  ])("%s in the place of its file or of its lock's is named, and not read", async (what, make) => {
    const words = `is ${what}, where a file is expected; move it away, or give another folder with state (--state).`;
    const state = await folder();
    await make(join(state, "gateway-state.json"));
    const message = `The gateway's state cannot be read: ${join(state, "gateway-state.json")} ${words}`;
    await expect(startGateway({ state })).rejects.toMatchObject({ code: "IO_ERROR", message });
    const locked = await folder();
    await mkdir(join(locked, "gateway-state.lock"));
    await make(join(locked, "gateway-state.lock", "holder"));
    await expect(startGateway({ state: locked })).rejects.toMatchObject({
      code: "IO_ERROR",
      message: expect.stringContaining(words),
    });
  });
});

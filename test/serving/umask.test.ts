/** What Mooring makes in the file system is private, whatever rights the process gives to new files. */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, serveControl } from "mooring";
import { startGateway } from "mooring/gateway";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { startListening } from "../../src/network/listening.js";
import { signInRig } from "../sign-in/rig.js";
import { echo } from "../support/connectors.js";
import { serving, untilStatus } from "../support/until.js";

async function folder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "mooring-umask-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Every path below a folder with the rights that others have. */
async function rightsOfOthers(directory: string): Promise<Record<string, number>> {
  const names = await readdir(directory, { recursive: true });
  const rights = names.map(async (name) => [name, (await stat(join(directory, name))).mode & 0o077] as const);
  return Object.fromEntries(await Promise.all(rights));
}

const isPrivate = (rights: Record<string, number>) =>
  expect(new Set(Object.values(rights))).toEqual(new Set([0]));

describe.skipIf(process.platform === "win32").each([0, 0o002, 0o777])("with the umask %i", (mask) => {
  beforeEach(() => {
    const before = process.umask(mask);
    onTestFinished(() => void process.umask(before));
  });

  it("a socket is private from its first moment, and the mask is as before", async () => {
    const path = join(await folder(), "s");
    const server = new Server();
    onTestFinished(() => void server.close());
    const listening = startListening(server, { path, setting: "path" });
    expect((await stat(path)).mode & 0o077).toBe(0);
    expect(process.umask()).toBe(mask);
    await listening;
  });
});

describe.skipIf(process.platform === "win32")("with the umask 0", () => {
  beforeEach(() => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
  });

  it("the control socket and its folders are private", async () => {
    const directory = await folder();
    vi.stubEnv("XDG_RUNTIME_DIR", join(directory, "a"));
    onTestFinished(() => void vi.unstubAllEnvs());
    const control = await serveControl(createRuntime({ env: {} }));
    onTestFinished(() => control.close());
    const rights = await rightsOfOthers(directory);
    expect(Object.keys(rights)).toHaveLength(3);
    isPrivate(rights);
  });

  it("keys and credentials are private", async () => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.close());
    const directory = await folder();
    const runtime = createRuntime({
      url: gateway.url,
      env: {},
      credentials: { directory: join(directory, "a") },
    });
    onTestFinished(() => runtime.close());
    const { key } = runtime.add({ tenantId: "acme", instanceId: "one", connector: echo });
    await runtime.start();
    gateway.approve(key);
    await untilStatus(runtime, key, serving);
    isPrivate(await rightsOfOthers(directory));
  });

  it("the tokens of a sign-in are private", async () => {
    const rig = await signInRig();
    await rig.signIn(async (url, browser) => {
      await browser.submit(await browser.open(url), { account: "person", decision: "allow" });
    });
    const rights = await rightsOfOthers(rig.directory);
    expect(Object.keys(rights).length).toBeGreaterThan(0);
    isPrivate(rights);
  });
});

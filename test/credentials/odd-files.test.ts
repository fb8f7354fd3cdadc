/** What is no regular file, in the place of each file that is read or made: an error that names it, never a wait. */
import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileNameOf } from "../../src/credentials/file-names.js";
import { createFileStore } from "../../src/credentials/file-store.js";
import { loadMountedKey } from "../../src/credentials/mounted-key.js";
import { findOneTimeToken } from "../../src/credentials/one-time-token.js";
import { Secret } from "../../src/secret.js";
import { tlsConnectionOptions } from "../../src/transport/tls.js";
import { identity, recordingLogger, temporaryFolder } from "./platform.js";

const never = new AbortController().signal;
const key = new Secret("planted-secret-key");
const name = fileNameOf(identity);

type Make = (path: string) => unknown;
const odd: readonly (readonly [string, Make])[] = [
  ["a link to nothing", (path) => symlink(`${path}.nowhere`, path)],
  ["a link to itself", (path) => symlink(path, path)],
  ["a folder", (path) => mkdir(path)],
  ["a pipe", (path) => execFileSync("mkfifo", [path])],
  [
    "a link to a pipe",
    async (path) => {
      execFileSync("mkfifo", [`${path}.pipe`]);
      await symlink(`${path}.pipe`, path);
    },
  ],
  ["a device", (path) => symlink("/dev/zero", path)],
];

async function storeWith(place: string, make: Make) {
  const directory = await temporaryFolder();
  await mkdir(join(directory, "keys"), { mode: 0o700 });
  await mkdir(join(directory, "credentials"), { mode: 0o700 });
  const path = join(directory, place);
  await make(path);
  return { path, store: createFileStore({ directory, logger: recordingLogger().logger }) };
}

describe.skipIf(process.platform === "win32").each(odd)("%s", (_what, make) => {
  it("in the place of a proposed key is an error that names it", async () => {
    const { path, store } = await storeWith(`keys/${name}.pem.new`, make);
    await expect(store.proposeKey(identity, key)).rejects.toMatchObject({ path, code: expect.any(String) });
  });

  it("in the place of a lock is an error that names it", async () => {
    const { path, store } = await storeWith(`keys/${name}.lock`, make);
    await expect(store.lock(identity, never)).rejects.toMatchObject({ path, code: expect.any(String) });
  });

  it("in the place of a key or of saved credentials is absent, or an error that names it", async () => {
    for (const place of [`keys/${name}.pem`, `credentials/${name}.json`]) {
      const { path, store } = await storeWith(place, make);
      const outcome = await store.readKey(identity).catch((error: unknown) => error);
      if (outcome !== undefined) expect(outcome).toMatchObject({ path, code: expect.any(String) });
    }
  });

  it("in the place of a mounted key, a one-time token or a certificate is told, never waited for", async () => {
    const path = join(await temporaryFolder(), "file");
    await make(path);
    const settings = { clientId: "c", realmUrl: "https://kc.example.com/realms/r", tenantId: "t", path };
    const mounted = await loadMountedKey(settings, []).catch((error: Error) => error);
    if (mounted instanceof Error) expect(mounted).toMatchObject({ message: expect.stringContaining(path) });
    else expect(mounted.privateKeyPem).toBeUndefined();
    const { token, unusable } = await findOneTimeToken(
      { STRIKE48_REGISTRATION_TOKEN_FILE: path },
      [path],
      () => undefined,
    );
    expect(token).toBeUndefined();
    expect(unusable[0]).toMatchObject({ why: expect.stringMatching(/^it cannot be read \([A-Z_]+\)$/) });
    expect(() => tlsConnectionOptions({ caFile: path }, "localhost", ["h2"])).toThrow();
  });
});

it.skipIf(process.platform === "win32")("a wait for a lock ends with its signal", async () => {
  const directory = await temporaryFolder();
  const store = createFileStore({ directory, logger: recordingLogger().logger });
  const held = await store.lock(identity, never);
  const waiting = new AbortController();
  const second = store.lock(identity, waiting.signal);
  waiting.abort();
  await expect(second).rejects.toMatchObject({ name: "AbortError" });
  await held.release();
});

// Each Node has its own answer to a look below a file: some say that nothing is there.
it.each(["keys", "a/keys", "a/b/c/keys"])(
  "a file where %s has its first folder is told, not taken for no keys",
  async (below) => {
    const directory = await temporaryFolder();
    const [first = ""] = below.split("/");
    await writeFile(join(directory, first), "");
    const store = createFileStore({ directory: join(directory, below), logger: recordingLogger().logger });
    await expect(store.readKey(identity)).rejects.toMatchObject({ code: "ENOTDIR" });
  },
);

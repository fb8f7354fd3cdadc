import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFileStore } from "../../src/credentials/file-store.js";
import { Secret } from "../../src/secret.js";
import { identity, never, temporaryFolder } from "./platform.js";

async function storeWith(name: string, put: (path: string) => Promise<unknown>) {
  const directory = await temporaryFolder();
  await mkdir(join(directory, "keys"), { mode: 0o700 });
  await put(join(directory, "keys", name));
  return createFileStore({ directory });
}

const dangling = (path: string) => symlink("nowhere", path);
const loop = (path: string) => symlink(path, path);
const folder = (path: string) => mkdir(path);

describe("a place of a file that something else has", () => {
  it.each([
    ["a dangling link", dangling, "NOT_A_FILE"],
    ["a link loop", loop, /^(NOT_A_FILE|ELOOP)$/],
    ["a folder", folder, "EISDIR"],
  ])("%s is refused, and not waited for", async (_what, put, code) => {
    const refusal = { code: expect.stringMatching(code) };
    const forKey = await storeWith("acme.calc.calc-1.pem.new", put);
    await expect(forKey.proposeKey(identity, new Secret("key"))).rejects.toMatchObject(refusal);
    const forLock = await storeWith("acme.calc.calc-1.lock", put);
    await expect(forLock.lock(identity, never)).rejects.toMatchObject(refusal);
  });
});

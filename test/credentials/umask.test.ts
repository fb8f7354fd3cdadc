/** Every file and folder that holds a secret is its owner's alone, whatever the process gives to new files. */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { createFileStore } from "../../src/credentials/file-store.js";
import { ModeWatch, replacePrivateFile } from "../../src/credentials/private-files.js";
import { silentLogger } from "../../src/logger.js";
import { Secret } from "../../src/secret.js";

const identity = { tenantId: "t", connectorType: "c", instanceId: "i" };

/** What each kind makes in a folder that is not there yet. */
const kinds: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  "a key that is proposed": (directory) =>
    createFileStore({ directory }).proposeKey(identity, new Secret("k")),
  "the lock of an identity": (directory) =>
    createFileStore({ directory }).lock(identity, new AbortController().signal),
  "a file that is replaced, as a sign-in is": async (folder) => {
    const modes = new ModeWatch(silentLogger);
    for (const text of ["one", "two"])
      await replacePrivateFile(join(folder, "sign-in", "x.json"), text, modes);
  },
  "the state of the gateway": async (state) => {
    const gateway = await startGateway({ state });
    await gateway.close();
  },
};

it.skipIf(process.platform === "win32").each(Object.entries(kinds))("%s, with umask 0", async (_, make) => {
  const outer = await mkdtemp(join(tmpdir(), "mooring-umask-"));
  onTestFinished(() => rm(outer, { recursive: true, force: true }));
  const before = process.umask(0);
  try {
    await make(join(outer, "made", "deep"));
  } finally {
    process.umask(before);
  }
  const made = await readdir(outer, { recursive: true });
  expect(made.length).toBeGreaterThan(2);
  const open = await Promise.all(
    made.map(async (name) => ({ name, others: (await stat(join(outer, name))).mode & 0o077 })),
  );
  expect(open.filter(({ others }) => others !== 0)).toEqual([]);
});

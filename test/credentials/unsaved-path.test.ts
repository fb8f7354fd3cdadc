/** Credentials that cannot be saved: what could not be written is told by its path, where the store says it. */
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { OtherGateways } from "../../src/credentials/issuing-gateway.js";
import { ModeWatch, replacePrivateFile } from "../../src/credentials/private-files.js";
import { SavedIdentities } from "../../src/credentials/saved-identities.js";
import type { CredentialStore, SavedCredentials } from "../../src/credentials/store.js";
import { storeFailure } from "../../src/credentials/store-failure.js";
import { silentLogger } from "../../src/logger.js";
import { Secret } from "../../src/secret.js";

const identity = { tenantId: "t", connectorType: "c", instanceId: "i" };

const saved = async (error: Error) => {
  const store = { save: () => Promise.reject(error) } as unknown as CredentialStore;
  const identities = new SavedIdentities({
    store,
    here: [],
    others: new OtherGateways(),
    logger: silentLogger,
    stopping: new AbortController().signal,
  });
  await identities.save(identity, {} as SavedCredentials, new Secret("planted-secret-key"));
  return [identities.unsavedCode(identity), identities.unsavedPath(identity)];
};

it("names the path, and none where the store does not say", async () => {
  const full = Object.assign(new Error("no space"), { code: "ENOSPC", path: "/keys/a.json" });
  expect(await saved(full)).toEqual(["ENOSPC", "/keys/a.json"]);
  expect(await saved(new Error("of a store of one's own"))).toEqual(["STORE_FAILED", null]);
});

it.skipIf(process.platform !== "linux")("a full disk names the file that was to be written", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mooring-full-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink("/proc/self", join(folder, "nowhere"));
  const path = join(folder, "nowhere", "a.json");
  const failed = replacePrivateFile(path, "planted-secret-text", new ModeWatch(silentLogger));
  await expect(failed).rejects.toMatchObject({ path });
});

it("a lock that cannot be made is told plainly", () => {
  const error = Object.assign(new Error(), { code: "ENOSPC", path: "/keys/a.lock" });
  expect(
    storeFailure(error, "making the lock file that lets one process register at a time").message,
  ).toContain(
    "The disk is full: make room. The credential store failed at making the lock file that lets one process register at a time (/keys/a.lock).",
  );
});

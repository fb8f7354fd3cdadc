/** Disks that are full or read-only: the file system says so in the middle of a step, and nothing is lost or half written. */

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createFileStore } from "../../src/credentials/file-store.js";
import { createPrivateFile, ModeWatch } from "../../src/credentials/private-files.js";
import { silentLogger } from "../../src/logger.js";
import { Secret } from "../../src/secret.js";
import { failureOf, identity, never, offer, registerPath, startBench, temporaryFolder } from "./platform.js";

/** What the disk refuses at this moment: `write` after half of the text, or everything that changes it. */
const sound = vi.hoisted(() => ({
  full: false,
  readOnly: false,
  failRename: false,
  contradicts: false,
  gone: "",
}));
const disk = vi.hoisted(() => ({ ...sound }));

vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs/promises")>();
  const error = (code: string, path: unknown) => Object.assign(new Error(code), { code, path });
  const changing =
    <A extends unknown[], R>(work: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      if (disk.readOnly) throw error("EROFS", given[0]);
      return work(...given);
    };
  const open: typeof real.open = async (path, flags, mode) => {
    if (disk.readOnly && flags !== "r") throw error("EROFS", path);
    const file = await real.open(path, flags, mode);
    if (disk.full && flags !== "r") {
      file.writeFile = async (text) => {
        await file.write(String(text).slice(0, 10));
        throw error("ENOSPC", path);
      };
    }
    return file;
  };
  const rename: typeof real.rename = async (from, to) => {
    if (disk.failRename && String(to).endsWith(".pem")) throw error("EIO", to);
    return changing(real.rename)(from, to);
  };
  const stat = async (path: string) => {
    if (path === disk.gone) throw error("ENOENT", path);
    return real.stat(path);
  };
  const { unlink, utimes, copyFile } = real;
  const link: typeof real.link = async (from, to) => {
    if (disk.contradicts) throw error("EEXIST", to);
    return real.link(from, to);
  };
  return {
    ...real,
    open,
    stat,
    rename,
    mkdir: changing(real.mkdir as (path: string, options: object) => Promise<string | undefined>), // the form in use
    link: changing(link),
    unlink: changing(unlink),
    utimes: changing(utimes),
    copyFile: changing(copyFile),
  };
});

afterEach(() => Object.assign(disk, sound));

const credentials = { clientId: "client-1", realmUrl: "https://kc.example.com/realms/r", tenantId: "acme" };

describe("[W-13] a full disk", () => {
  it("leaves the old pair whole, and no temporary file", async () => {
    const directory = await temporaryFolder();
    const store = createFileStore({ directory });
    await store.save(identity, credentials, new Secret("old key"));
    disk.full = true;
    const saving = store.save(identity, { ...credentials, clientId: "client-2" }, new Secret("new key"));
    await expect(saving).rejects.toMatchObject({ code: "ENOSPC" });
    await expect(store.proposeKey(identity, new Secret("newer key"))).rejects.toMatchObject({
      code: "ENOSPC",
    });
    await expect(store.lock(identity, never)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(await store.load(identity)).toMatchObject({ credentials, privateKeyPem: new Secret("old key") });
    expect(await readdir(join(directory, "keys"))).toEqual(["acme.calc.calc-1.pem"]);
    expect(await readdir(join(directory, "credentials"))).toEqual(["acme.calc.calc-1.json"]);
  });

  it("before the call: no one-time token is spent, and the next try succeeds", async () => {
    const { platform, directory, credentials: own } = await startBench();
    const registration = own.for(identity, undefined);
    const id = registration.deposit(offer());
    disk.full = true;
    const failure = await failureOf(registration.exchange(id, never));
    expect(failure).toMatchObject({ cause: "credentials-unavailable", code: "ENOSPC" });
    expect(failure.detail).toContain("The disk is full: make room.");
    expect(failure.detail).toContain(directory);
    expect(platform.requests).toEqual([]);
    disk.full = false;
    expect(await registration.exchange(id, never)).toBe("saved");
  });

  it("during the call: what was received works from memory, and is on disk when there is room again", async () => {
    const { platform, directory, credentials: own, restart } = await startBench();
    platform.next(registerPath, () => {
      disk.full = true;
      return { status: 200, body: platform.issued };
    });
    const registration = own.for(identity, undefined);
    expect(await registration.exchange(registration.deposit(offer()), never)).toBe("saved");
    expect(await readdir(join(directory, "keys"))).toEqual(["acme.calc.calc-1.pem.new"]);
    disk.full = false;
    await own.close();
    const [sent] = platform.received(registerPath);
    expect(await restart().for(identity, undefined).tokens(never)).toMatchObject({ source: "saved" });
    expect(platform.received(registerPath)).toEqual([sent]);
    expect(await readdir(join(directory, "keys"))).toEqual(["acme.calc.calc-1.pem"]);
  });

  it("[W-11] between the two steps of saving: the new pair is in use, and the step is made up for", async () => {
    const directory = await temporaryFolder();
    const store = createFileStore({ directory });
    await store.save(identity, credentials, new Secret("old key"));
    disk.failRename = true;
    const saving = store.save(identity, { ...credentials, clientId: "client-2" }, new Secret("new key"));
    await expect(saving).rejects.toMatchObject({ code: "EIO" });
    const renewed = { credentials: { clientId: "client-2" }, privateKeyPem: new Secret("new key") };
    expect(await store.load(identity)).toMatchObject(renewed);
    disk.failRename = false;
    expect(await createFileStore({ directory }).load(identity)).toMatchObject(renewed);
    expect(await readFile(join(directory, "keys", "acme.calc.calc-1.pem"), "utf8")).toBe("new key");
  });
});

describe("[W-13] a read-only file system", () => {
  it("serves what is saved there", async () => {
    const { credentials: own, restart } = await startBench();
    const before = own.for(identity, undefined);
    await before.exchange(before.deposit(offer()), never);
    disk.readOnly = true;
    expect(await restart().for(identity, undefined).tokens(never)).toMatchObject({ source: "saved" });
    disk.readOnly = false;
  });

  it("refuses a registration before anything is sent, and says what to do", async () => {
    const { platform, credentials: own } = await startBench();
    const registration = own.for(identity, undefined);
    disk.readOnly = true;
    const failure = await failureOf(registration.exchange(registration.deposit(offer()), never));
    expect(failure).toMatchObject({ cause: "credentials-unavailable", code: "EROFS" });
    expect(failure.detail).toContain("read-only: set credentials.directory");
    expect(platform.requests).toEqual([]);
    disk.readOnly = false;
  });
});

describe("a damaged file", () => {
  it("of credentials: the identity registers anew with its key, and the file is replaced as a whole", async () => {
    const { directory, credentials: own, restart } = await startBench();
    const before = own.for(identity, undefined);
    await before.exchange(before.deposit(offer()), never);
    const path = join(directory, "credentials", "acme.calc.calc-1.json");
    const keyPath = join(directory, "keys", "acme.calc.calc-1.pem");
    const [whole, key] = [await readFile(path, "utf8"), await readFile(keyPath, "utf8")];
    await writeFile(path, whole.slice(0, 30));
    const after = restart().for(identity, undefined);
    expect(await after.tokens(never)).toMatchObject({ source: "anonymous" });
    await after.exchange(after.deposit(offer("one-time-2")), never);
    expect(await readFile(path, "utf8")).toBe(whole);
    expect(await readFile(keyPath, "utf8")).toBe(key);
  });

  it("of a key: the connector is not anonymous, and says which file and what to do", async () => {
    const { platform, directory, credentials: own, restart } = await startBench();
    const before = own.for(identity, undefined);
    await before.exchange(before.deposit(offer()), never);
    const keyPath = join(directory, "keys", "acme.calc.calc-1.pem");
    await writeFile(keyPath, (await readFile(keyPath, "utf8")).slice(0, 60));
    const failure = await failureOf(restart().for(identity, undefined).tokens(never));
    expect(failure).toMatchObject({ cause: "credentials-unavailable", code: "KEY_UNREADABLE" });
    expect(failure.detail).toContain(join(directory, "credentials", "acme.calc.calc-1.json"));
    expect(platform.received(registerPath)).toHaveLength(1);
  });

  it("a folder in a file's place is named", async () => {
    const { directory, credentials: own } = await startBench();
    await mkdir(join(directory, "credentials", "acme.calc.calc-1.json"), { recursive: true });
    const failure = await failureOf(own.for(identity, undefined).tokens(never));
    expect(failure).toMatchObject({ cause: "credentials-unavailable", code: "EISDIR" });
    expect(failure.detail).toContain("a folder where a file is expected");
  });
});

it("a disk that says of a key that it is there and that it is not is an error that names the file", async () => {
  const directory = await temporaryFolder();
  disk.contradicts = true;
  const proposing = createFileStore({ directory }).proposeKey(identity, new Secret("a key"));
  await expect(proposing).rejects.toMatchObject({
    code: "EEXIST",
    path: expect.stringContaining(join(directory, "keys")),
    message: expect.stringContaining("can neither be read nor made"),
  });
});

it("[W-13] a lock that is given back while somebody looks at it is no error", async () => {
  const path = join(await temporaryFolder(), "x.lock");
  const modes = new ModeWatch(silentLogger);
  expect(await createPrivateFile(path, "held", modes)).toBe(true);
  disk.gone = path;
  expect(await createPrivateFile(path, "wanted", modes)).toBe(false);
});

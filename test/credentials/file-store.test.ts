import { chmod, mkdir, readdir, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileNameOf, legacyFileNameOf } from "../../src/credentials/file-names.js";
import { createFileStore } from "../../src/credentials/file-store.js";
import { formatSavedCredentials, parseSavedCredentials } from "../../src/credentials/store.js";
import { Secret } from "../../src/secret.js";
import { identity, recordingLogger, temporaryFolder } from "./platform.js";

const credentials = {
  clientId: "client-1",
  realmUrl: "https://kc.example.com/realms/r",
  tenantId: "acme",
  kid: "k",
};
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

async function emptyStore() {
  const directory = await temporaryFolder();
  const { logger, lines } = recordingLogger();
  return { directory, lines, logger, store: createFileStore({ directory, logger }) };
}

describe("names of credential files", () => {
  it("[A16 #43] a name has tenant, type and instance", () => {
    expect(fileNameOf(identity)).toBe("acme.calc.calc-1");
  });

  it.each([
    ["a slash", { ...identity, instanceId: "../../etc/passwd" }],
    ["a backslash", { ...identity, instanceId: "..\\x" }],
    ["a NUL", { ...identity, instanceId: "a\0b" }],
    ["dots", { tenantId: "..", connectorType: "..", instanceId: ".." }],
    ["other letters", { ...identity, instanceId: "überraschung/日本" }],
  ])("with %s it stays a plain name", (_name, odd) => {
    expect(fileNameOf(odd)).toMatch(/^[a-z0-9_%-]+\.[a-z0-9_%-]+\.[a-z0-9_%-]+$/);
    expect(legacyFileNameOf({ ...odd, connectorType: "../x" })).toBeUndefined();
  });

  it("[W-12] different identities have different names, also where case is ignored", () => {
    const of = (tenantId: string, connectorType: string, instanceId: string) =>
      fileNameOf({ tenantId, connectorType, instanceId }).toLowerCase();
    const names = [
      of("t", "a_b", "c"),
      of("t", "a", "b_c"),
      of("u", "a", "b_c"),
      of("t", "A", "b_c"),
      of("t", "a.b", "c"),
      of("t", "a", "b.c"),
      of("t", "a%2eb", "c"),
      of("t", "a", "x".repeat(400)),
      of("t", "a", `${"x".repeat(400)}y`),
    ];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name.length).toBeLessThan(200);
  });
});

describe("file store", () => {
  it("[A16 #24] creates files with 0600 in folders with 0700, whatever the umask", async () => {
    const { directory, store } = await emptyStore();
    const umask = process.umask(0);
    try {
      await store.proposeKey({ ...identity, instanceId: "calc-2" }, new Secret("proposed"));
      await store.save(identity, credentials, new Secret("key text"));
    } finally {
      process.umask(umask);
    }
    expect(await modeOf(join(directory, "keys"))).toBe("700");
    expect(await modeOf(join(directory, "credentials"))).toBe("700");
    expect(await modeOf(join(directory, "keys", "acme.calc.calc-1.pem"))).toBe("600");
    expect(await modeOf(join(directory, "keys", "acme.calc.calc-2.pem.new"))).toBe("600");
    expect(await modeOf(join(directory, "credentials", "acme.calc.calc-1.json"))).toBe("600");
  });

  it("[A16 #25] gives back what was saved, and keeps it over a restart", async () => {
    const { directory, store } = await emptyStore();
    await store.save(identity, credentials, new Secret("key text"));
    const location = join(directory, "credentials", "acme.calc.calc-1.json");
    expect(await createFileStore({ directory }).load(identity)).toEqual({
      credentials,
      privateKeyPem: new Secret("key text"),
      location,
    });
  });

  it("[A16 #26] has nothing where there is no file", async () => {
    const { store } = await emptyStore();
    expect(await store.load(identity)).toBeUndefined();
    expect(await store.readKey(identity)).toBeUndefined();
  });

  it("[W-13] replaces as a whole and leaves no temporary file", async () => {
    const { directory, store } = await emptyStore();
    const path = join(directory, "credentials", "acme.calc.calc-1.json");
    await store.save(identity, credentials, new Secret("new key"));
    const before = await stat(path);
    await store.save(identity, { ...credentials, clientId: "client-2" }, new Secret("key text"));
    expect((await stat(path)).ino).not.toBe(before.ino);
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ client_id: "client-2" });
    expect(await readdir(join(directory, "credentials"))).toEqual(["acme.calc.calc-1.json"]);
  });

  it("readers never see a half-written file while it is replaced", async () => {
    const { store } = await emptyStore();
    await store.save(identity, credentials, new Secret("new key"));
    const writes = Array.from({ length: 20 }, (_, i) =>
      store.save(
        identity,
        { ...credentials, clientId: `client-${"x".repeat(i * 50)}` },
        new Secret("key text"),
      ),
    );
    const reads = await Promise.all(Array.from({ length: 60 }, () => store.load(identity)));
    await Promise.all(writes);
    expect(reads.every((one) => one?.credentials.tenantId === "acme")).toBe(true);
  });

  it("[W-11] a proposed key is no identity's own until credentials come with it", async () => {
    const { directory, store } = await emptyStore();
    const location = join(directory, "keys", "acme.calc.calc-1.pem.new");
    expect(await store.proposeKey(identity, new Secret("new key"))).toEqual({
      privateKeyPem: new Secret("new key"),
      location,
    });
    expect(await store.readKey(identity)).toBeUndefined();
    await store.save(identity, credentials, new Secret("new key"));
    expect(await store.readKey(identity)).toEqual({
      privateKeyPem: new Secret("new key"),
      location: join(directory, "keys", "acme.calc.calc-1.pem"),
    });
    expect(await readdir(join(directory, "keys"))).toEqual(["acme.calc.calc-1.pem"]);
  });

  it("[W-11] of keys that are proposed at once one wins, over restarts too, and the own key stays", async () => {
    const { directory, store } = await emptyStore();
    await store.save(identity, credentials, new Secret("old key"));
    const proposals = ["one", "two", "three"];
    const kept = await Promise.all(proposals.map((text) => store.proposeKey(identity, new Secret(text))));
    expect(new Set(kept.map((key) => key.privateKeyPem.reveal())).size).toBe(1);
    expect(await createFileStore({ directory }).proposeKey(identity, new Secret("four"))).toEqual(kept[0]);
    expect((await store.load(identity))?.privateKeyPem).toEqual(new Secret("old key"));
    expect((await readdir(join(directory, "keys"))).toSorted()).toEqual([
      "acme.calc.calc-1.pem",
      "acme.calc.calc-1.pem.new",
    ]);
  });

  it("[W-11] a process that ended between the two steps of saving leaves the new pair", async () => {
    const { directory, store } = await emptyStore();
    await store.save(identity, credentials, new Secret("old key"));
    const keys = join(directory, "keys");
    await store.save(identity, { ...credentials, clientId: "client-2" }, new Secret("new key"));
    await rename(join(keys, "acme.calc.calc-1.pem"), join(keys, "acme.calc.calc-1.pem.new"));
    await writeFile(join(keys, "acme.calc.calc-1.pem"), "old key", { mode: 0o600 });
    const again = createFileStore({ directory });
    expect(await again.load(identity)).toMatchObject({
      credentials: { clientId: "client-2" },
      privateKeyPem: new Secret("new key"),
    });
    expect((await again.readKey(identity))?.privateKeyPem).toEqual(new Secret("new key"));
    expect(await readdir(keys)).toEqual(["acme.calc.calc-1.pem"]);
  });

  it("[W-11] one that ended before it leaves the old pair, and the proposal for the next time", async () => {
    const { store } = await emptyStore();
    await store.save(identity, credentials, new Secret("old key"));
    await store.proposeKey(identity, new Secret("new key"));
    expect(await store.load(identity)).toMatchObject({ credentials, privateKeyPem: new Secret("old key") });
    expect((await store.proposeKey(identity, new Secret("newer key"))).privateKeyPem).toEqual(
      new Secret("new key"),
    );
  });

  it("a key that a person put in another PEM form is used as it is", async () => {
    const { directory, store } = await emptyStore();
    await store.save(identity, credentials, new Secret("key text"));
    await writeFile(join(directory, "keys", "acme.calc.calc-1.pem"), "key text, in another form");
    expect((await store.load(identity))?.privateKeyPem).toEqual(new Secret("key text, in another form"));
  });

  it("[A16 #28 #29] without the credentials file there are none, and the key stays for the next registration", async () => {
    const { directory, store } = await emptyStore();
    await store.save(identity, credentials, new Secret("key text"));
    await unlink(join(directory, "credentials", "acme.calc.calc-1.json"));
    expect(await store.load(identity)).toBeUndefined();
    expect((await store.readKey(identity))?.privateKeyPem).toEqual(new Secret("key text"));
    expect(await store.load(identity)).toBeUndefined();
  });

  it("keeps keys elsewhere when told so", async () => {
    const directory = await temporaryFolder();
    const keysDirectory = join(directory, "other", "place");
    await createFileStore({ directory, keysDirectory }).proposeKey(identity, new Secret("key text"));
    expect(await readdir(keysDirectory)).toEqual(["acme.calc.calc-1.pem.new"]);
  });

  it.each(["", "{", "[]", '{"client_id":"x"}', '{"client_id":1,"keycloak_url":"u","tenant_id":"t"}'])(
    "a damaged file (%s) counts as absent, with a warning, and is left as it is",
    async (text) => {
      const { directory, lines, store } = await emptyStore();
      const path = join(directory, "credentials", "acme.calc.calc-1.json");
      await mkdir(join(directory, "credentials"), { mode: 0o700 });
      await writeFile(path, text, { mode: 0o600 });
      expect(await store.load(identity)).toBeUndefined();
      expect(lines).toEqual([
        { level: "warn", fields: { path }, message: expect.stringContaining("damaged") },
      ]);
      expect(await readFile(path, "utf8")).toBe(text);
    },
  );

  it("warns once about rights of others, and works on", async () => {
    const { directory, lines, store } = await emptyStore();
    await store.save(identity, credentials, new Secret("new key"));
    const path = join(directory, "credentials", "acme.calc.calc-1.json");
    await chmod(path, 0o644);
    await chmod(join(directory, "credentials"), 0o755);
    expect((await store.load(identity))?.credentials).toEqual(credentials);
    await store.load(identity);
    expect(lines.map((line) => line.fields)).toEqual([
      { path, mode: "644" },
      { path: join(directory, "credentials"), mode: "755" },
    ]);
  });

  it("a file that cannot be read is an error, not an absent one", async () => {
    const { directory, store } = await emptyStore();
    await mkdir(join(directory, "credentials", "acme.calc.calc-1.json"), { recursive: true });
    await expect(store.load(identity)).rejects.toMatchObject({ code: "EISDIR" });
  });
});

describe("files of other connectors (legacy names)", () => {
  async function withLegacy(tenant: string) {
    const bench = await emptyStore();
    const json = JSON.stringify({
      client_id: "old",
      keycloak_url: "https://kc/realms/r",
      tenant_id: tenant,
      kid: null,
    });
    for (const folder of ["keys", "credentials"]) await mkdir(join(bench.directory, folder), { mode: 0o700 });
    await writeFile(join(bench.directory, "credentials", "calc_calc-1.json"), json, { mode: 0o600 });
    await writeFile(join(bench.directory, "keys", "calc_calc-1.pem"), "old key", { mode: 0o600 });
    return bench;
  }

  it("are read with their own key when the tenant fits", async () => {
    const { store } = await withLegacy("acme");
    expect(await store.load(identity)).toMatchObject({
      credentials: { clientId: "old", realmUrl: "https://kc/realms/r", tenantId: "acme" },
      privateKeyPem: new Secret("old key"),
    });
  });

  it("[A16 #46] keep their key when a new registration makes one of its own", async () => {
    const { directory, store } = await withLegacy("acme");
    await store.proposeKey(identity, new Secret("new key"));
    expect(await store.load(identity)).toMatchObject({ privateKeyPem: new Secret("old key") });
    await store.save(identity, credentials, new Secret("new key"));
    expect(await store.load(identity)).toMatchObject({ credentials, privateKeyPem: new Secret("new key") });
    expect(await readFile(join(directory, "keys", "calc_calc-1.pem"), "utf8")).toBe("old key");
  });

  it("are not taken for another tenant, except by the default tenant", async () => {
    const { store, lines } = await withLegacy("other");
    expect(await store.load(identity)).toBeUndefined();
    expect(lines.at(-1)?.message).toContain("another registration");
    expect(await store.load({ ...identity, tenantId: "default" })).toMatchObject({
      privateKeyPem: new Secret("old key"),
    });
  });

  it("serve one registration, though their name fits several", async () => {
    const { store } = await withLegacy("acme");
    expect(await store.load(identity)).toBeDefined();
    expect(await store.load({ ...identity, tenantId: "default" })).toBeUndefined();
    expect(await store.load(identity)).toBeDefined();
  });

  it("[A16 #27 #44] stand under `default` without an instance id", () => {
    expect(legacyFileNameOf({ ...identity, instanceId: "" })).toBe("calc_default");
  });
});

describe("JSON of saved credentials", () => {
  it("[A16 #30] has the protocol's member names, two spaces deep, without an absent kid", () => {
    const { kid: _kid, ...without } = credentials;
    expect(formatSavedCredentials(without)).toBe(
      '{\n  "client_id": "client-1",\n  "keycloak_url": "https://kc.example.com/realms/r",\n  "tenant_id": "acme"\n}\n',
    );
    expect(JSON.parse(formatSavedCredentials(credentials, "d1"))).toEqual({
      client_id: "client-1",
      keycloak_url: "https://kc.example.com/realms/r",
      tenant_id: "acme",
      kid: "k",
      key_sha256: "d1",
    });
  });

  it("[A16 #31] is read from a server's answer, unknown members and null kid included", () => {
    const text =
      '{"client_id":"c","keycloak_url":"https://kc/realms/r","tenant_id":"t","kid":null,"more":[1]}';
    expect(parseSavedCredentials(text)).toEqual({
      clientId: "c",
      realmUrl: "https://kc/realms/r",
      tenantId: "t",
    });
  });
});

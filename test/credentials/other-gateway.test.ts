/** Saved credentials belong to the gateway that issued them: another gateway never sees them, and coming back finds them. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileNameOf, gatewayFileNameOf } from "../../src/credentials/file-names.js";
import { createFileStore } from "../../src/credentials/file-store.js";
import { gatewayName, issuerOf, namesOfGateway } from "../../src/credentials/issuing-gateway.js";
import { generatePrivateKey } from "../../src/credentials/keys.js";
import { createMemoryStore } from "../../src/credentials/memory-store.js";
import type { CredentialStore } from "../../src/credentials/store.js";
import { Secret } from "../../src/secret.js";
import type { Driven } from "./drive.js";
import {
  type BenchOptions,
  type DrivenCredentials,
  failureOf,
  identity,
  never,
  offer,
  Platform,
  registerPath,
  startBench,
  tokenPath,
} from "./platform.js";

const name = fileNameOf(identity);

/** Two gateways, A and B, and a machine that is pointed at one or the other; each `at` is a process of its own. */
async function rig(options: BenchOptions = {}) {
  const bench = await startBench(options);
  const a = bench.platform;
  const b = await Platform.start();
  b.always(registerPath, () => ({ status: 200, body: { ...b.issued, client_id: "client-b" } }));
  b.always(tokenPath, {
    status: 200,
    body: { access_token: "token-b", token_type: "Bearer", expires_in: 300 },
  });
  const at = (platform: Platform, more: BenchOptions = {}): DrivenCredentials =>
    bench.restart({ dialled: { authority: platform.authority, tls: false }, ...more });
  return { ...bench, a, b, at };
}

/** As after an approval: the gateway issues an identity, and the registration gets one. */
async function exchange(registration: Driven): Promise<void> {
  await registration.exchange(registration.steps.deposit(offer()), never);
}

async function tokenOf(registration: Driven) {
  const { jwt, source } = await registration.tokens(never);
  return `${source} ${jwt.reveal()}`;
}

const jsonIn = async (directory: string, file: string) =>
  JSON.parse(await readFile(join(directory, "credentials", `${file}.json`), "utf8"));

/** What was kept before gateways were noted. */
async function oldFiles(directory: string, platform: Platform, file = name): Promise<void> {
  for (const folder of ["credentials", "keys"])
    await mkdir(join(directory, folder), { recursive: true, mode: 0o700 });
  const key = await generatePrivateKey();
  await writeFile(join(directory, "keys", `${file}.pem`), key.reveal(), { mode: 0o600 });
  const text = JSON.stringify(platform.issued);
  await writeFile(join(directory, "credentials", `${file}.json`), text, { mode: 0o600 });
}

describe("the names of a gateway", () => {
  it.each([
    ["https://studio.example.com", "studio.example.com:443", true],
    ["https://studio.example.com", "Studio.Example.COM:443", true],
    ["https://studio.example.com", "connectors-studio.example.com:443", true],
    ["https://studio.example.com", "CONNECTORS-studio.example.com.:443", true],
    ["http://studio.example.com", "studio.example.com:80", false],
    ["http://studio.example.com:50061", "studio.example.com:50061", false],
    ["http://localhost:50061", "127.0.0.1:50061", false],
    ["http://localhost:50061", "[::1]:50061", false],
    ["https://[2001:db8::1]:8443", "[2001:DB8::1]:8443", true],
  ])("are %s for %s", (expected, authority, tls) => {
    expect(namesOfGateway({ apiUrl: undefined, dialled: { authority, tls } })).toEqual([expected]);
  });

  it.each([
    ["HTTPS://Studio.Example.com:443/", "https://studio.example.com"],
    ["https://studio.example.com/prefix//", "https://studio.example.com/prefix"],
    ["https://studio.example.com./", "https://studio.example.com"],
    ["studio.example.com", undefined],
  ])("make %s into %s", (base, expected) => {
    expect(gatewayName(base)).toBe(expected);
  });

  it("are the API's first and then the address's, each of which says that it is the same", () => {
    const dialled = { authority: "grpc.example.com:443", tls: true };
    const here = namesOfGateway({ apiUrl: "https://api.example.com/", dialled });
    expect(here).toEqual(["https://api.example.com", "https://grpc.example.com"]);
    const saved = { clientId: "c", realmUrl: "r", tenantId: "t" };
    const of = (...gateways: string[]) => issuerOf({ ...saved, gateways }, here);
    expect(of("https://GRPC.example.com:443/")).toBe("here");
    expect(of("https://api.example.com")).toBe("here");
    expect(of("http://api.example.com")).toBe("elsewhere");
    expect(of("https://api.example.com/other")).toBe("elsewhere");
    expect(of("no address")).toBe("elsewhere");
    expect(of()).toBe("unknown");
  });
});

describe("a machine that is pointed at another gateway", () => {
  it("never replays the first one's credentials, and finds them when it comes back", async () => {
    const { a, b, at, directory, lines } = await rig();
    await exchange(at(a).for(identity, undefined));
    const asked = a.received(tokenPath).length;
    const stranger = at(b).for(identity, undefined);
    expect(await tokenOf(stranger)).toBe("anonymous ");
    expect(stranger.steps.otherGateway).toBe(`http://localhost:${a.port}`);
    expect(a.received(tokenPath)).toHaveLength(asked);
    expect(b.requests).toEqual([]);
    await exchange(stranger);
    expect(stranger.steps.otherGateway).toBe(null);
    expect(await tokenOf(at(a).for(identity, undefined))).toBe("saved token-1");
    expect(await tokenOf(at(b).for(identity, undefined))).toBe("saved token-b");
    const told = lines.filter(({ message }) => message.includes("another gateway"));
    expect(told).toMatchObject([
      {
        level: "warn",
        fields: { issuedBy: `http://localhost:${a.port}`, gateway: `http://localhost:${b.port}` },
      },
    ]);
    // Nothing of the first was touched, so an older version finds it, too.
    expect(await jsonIn(directory, name)).toMatchObject({
      client_id: "client-1",
      gateways: [`http://localhost:${a.port}`],
    });
  });

  it("has a key of its own there, and signs for no other realm", async () => {
    const { a, b, at, directory } = await rig();
    await exchange(at(a).for(identity, undefined));
    await exchange(at(b).for(identity, undefined));
    const keyOf = (platform: Platform) =>
      JSON.parse(platform.received(registerPath)[0]?.body ?? "{}").public_key;
    expect(keyOf(a)).not.toBe(keyOf(b));
    for (const platform of [a, b]) {
      for (const { body } of platform.received(tokenPath)) {
        const [, claims = ""] = (new URLSearchParams(body).get("client_assertion") ?? "").split(".");
        expect(JSON.parse(Buffer.from(claims, "base64url").toString()).aud).toBe(platform.realmUrl);
      }
    }
    const apart = gatewayFileNameOf(name, `http://localhost:${b.port}`);
    expect((await readdir(join(directory, "keys"))).sort()).toEqual([`${name}.pem`, `${apart}.pem`].sort());
  });

  it("has a session token of neither in the other's register request", async () => {
    const { a, b, at } = await rig();
    const first = at(a).for(identity, undefined);
    first.keepSessionToken(new Secret(`${Buffer.from('{"exp":4000000000}').toString("base64url")}.s`));
    const { sessionToken } = await at(b).for(identity, undefined).tokens(never);
    expect(sessionToken.isEmpty).toBe(true);
  });

  it("uses both at once in one process", async () => {
    const { a, b, at } = await rig();
    const [one, other] = [at(a), at(b)];
    await Promise.all([exchange(one.for(identity, undefined)), exchange(other.for(identity, undefined))]);
    expect(await tokenOf(one.for(identity, undefined))).toBe("saved token-1");
    expect(await tokenOf(other.for(identity, undefined))).toBe("saved token-b");
    // Whichever came first has the plain name; neither lost what it got.
    expect(await tokenOf(at(a).for(identity, undefined))).toBe("saved token-1");
    expect(await tokenOf(at(b).for(identity, undefined))).toBe("saved token-b");
  });

  it("goes on with the same when the address is written otherwise, or the same API is given for another", async () => {
    const { a, b, at } = await rig();
    await exchange(at(a).for(identity, undefined));
    const spelled = at(a, { dialled: { authority: `LOCALHOST:${a.port}`, tls: false } });
    expect(await tokenOf(spelled.for(identity, undefined))).toBe("saved token-1");
    const byApi = at(b, { apiUrl: `${a.url}/` });
    expect(await tokenOf(byApi.for(identity, undefined))).toBe("saved token-1");
  });

  it("does not take an answer's word for whose credentials they are", async () => {
    const { a, b, at, directory } = await rig();
    a.always(registerPath, () => ({ status: 200, body: { ...a.issued, gateways: [b.url] } }));
    await exchange(at(a).for(identity, undefined));
    expect(await jsonIn(directory, name)).toMatchObject({ gateways: [`http://localhost:${a.port}`] });
  });

  it("uses no file whose gateway cannot be read", async () => {
    const { a, at, directory } = await rig();
    await oldFiles(directory, a);
    for (const gateways of [null, "https://a.example", [7], [""], ["a", "b", "c"]]) {
      const text = JSON.stringify({ ...a.issued, gateways });
      await writeFile(join(directory, "credentials", `${name}.json`), text, { mode: 0o600 });
      expect(await tokenOf(at(a).for(identity, undefined))).toBe("anonymous ");
    }
  });
});

describe("files of before gateways were noted", () => {
  it.each([
    ["of Mooring", name],
    ["of another connector of the protocol", "calc_calc-1"],
  ])("%s are taken over by the gateway that approves them", async (_whose, file) => {
    const { a, b, at, directory } = await rig();
    await oldFiles(directory, a, file);
    const process = at(a);
    const registration = process.for(identity, undefined);
    expect(await tokenOf(registration)).toBe("saved token-1");
    registration.recognized();
    await process.close();
    expect(await jsonIn(directory, name)).toMatchObject({
      client_id: "client-1",
      gateways: [`http://localhost:${a.port}`],
    });
    expect(await tokenOf(at(b).for(identity, undefined))).toBe("anonymous ");
    expect(await tokenOf(at(a).for(identity, undefined))).toBe("saved token-1");
  });

  it("are nobody's before that, and are not overwritten by what another gateway issues", async () => {
    const { a, b, at, directory } = await rig();
    await oldFiles(directory, a);
    const before = await jsonIn(directory, name);
    const stranger = at(b).for(identity, undefined);
    await stranger.tokens(never);
    await exchange(stranger);
    expect(await jsonIn(directory, name)).toEqual(before);
    expect(await tokenOf(at(b).for(identity, undefined))).toBe("saved token-b");
    const home = at(a);
    const registration = home.for(identity, undefined);
    expect(await tokenOf(registration)).toBe("saved token-1");
    registration.recognized();
    await home.close();
    expect(await tokenOf(at(a).for(identity, undefined))).toBe("saved token-1");
    expect(await tokenOf(at(b).for(identity, undefined))).toBe("saved token-b");
  });

  it("are not taken over on the word of a session token, nor of a token that was given", async () => {
    const { a, at, directory } = await rig();
    await oldFiles(directory, a);
    const process = at(a);
    const registration = process.for(identity, new Secret("given"));
    expect(await tokenOf(registration)).toBe("explicit given");
    registration.recognized();
    await process.close();
    expect(await jsonIn(directory, name)).not.toHaveProperty("gateways");
  });
});

describe("a store that a caller gives", () => {
  it("with one place for each registration keeps the first gateway's, which is neither used nor overwritten", async () => {
    const store = createMemoryStore();
    const { a, b, at, lines } = await rig({ store });
    await exchange(at(a).for(identity, undefined));
    const stranger = at(b).for(identity, undefined);
    expect(await tokenOf(stranger)).toBe("anonymous ");
    await exchange(stranger);
    // It works from memory, and says why.
    expect(await tokenOf(stranger)).toBe("saved token-b");
    expect(stranger.steps.unsavedCode).toBe("OTHER_GATEWAY");
    expect(lines.some(({ fields }) => "code" in fields && fields.code === "OTHER_GATEWAY")).toBe(true);
    expect((await store.load(identity))?.credentials.clientId).toBe("client-1");
    expect(await tokenOf(at(a).for(identity, undefined))).toBe("saved token-1");
  });

  it("with forGateway has a place for each", async () => {
    const places = new Map<string, CredentialStore>();
    const forGateway = (gateway: string): CredentialStore => {
      const place = places.get(gateway) ?? createMemoryStore();
      places.set(gateway, place);
      return place;
    };
    const { a, b, at } = await rig({ store: { ...createMemoryStore(), forGateway } });
    await exchange(at(a).for(identity, undefined));
    await exchange(at(b).for(identity, undefined));
    expect([...places.keys()]).toEqual([`http://localhost:${a.port}`, `http://localhost:${b.port}`]);
    expect(await tokenOf(at(a).for(identity, undefined))).toBe("saved token-1");
    expect(await tokenOf(at(b).for(identity, undefined))).toBe("saved token-b");
  });

  it("that drops what it does not know goes on as it did", async () => {
    const inner = createMemoryStore();
    const forgetful: CredentialStore = {
      ...inner,
      save: (who, { gateways: _, ...rest }, key) => inner.save(who, rest, key),
    };
    const { a, at } = await rig({ store: forgetful });
    await exchange(at(a).for(identity, undefined));
    expect(await tokenOf(at(a).for(identity, undefined))).toBe("saved token-1");
  });
});

describe("the file store", () => {
  const credentials = { clientId: "c", realmUrl: "https://kc.example/realms/r", tenantId: "acme" };
  const places = (directory: string, gateway: string) => createFileStore({ directory, here: [gateway] });

  it("gives an identity of long names and a long host a name that file systems take", () => {
    const long = fileNameOf({ ...identity, instanceId: "x".repeat(400) });
    const host = `https://${"a".repeat(60)}.${"b".repeat(60)}.example`;
    for (const one of [gatewayFileNameOf(long, host), gatewayFileNameOf("x".repeat(100), host)])
      expect(`.${one}.pem.new.0123456789ab.tmp`.length).toBeLessThan(255);
    expect(gatewayFileNameOf(name, host)).not.toBe(gatewayFileNameOf(name, `${host}/prefix`));
  });

  it("keeps a damaged file's place for whoever registers next", async () => {
    const { directory } = await startBench();
    const store = places(directory, "https://a.example");
    await store.save(identity, { ...credentials, gateways: ["https://a.example"] }, new Secret("key a"));
    await writeFile(join(directory, "credentials", `${name}.json`), "{");
    await places(directory, "https://b.example").save(
      identity,
      { ...credentials, gateways: ["https://b.example"] },
      new Secret("key b"),
    );
    expect((await places(directory, "https://b.example").load(identity))?.privateKeyPem?.reveal()).toBe(
      "key b",
    );
    expect(await store.load(identity)).toBeUndefined();
  });

  it("finishes a change of the key that was cut off, for a further gateway too", async () => {
    const { directory } = await startBench();
    await places(directory, "https://a.example").save(
      identity,
      { ...credentials, gateways: ["https://a.example"] },
      new Secret("key a"),
    );
    const b = places(directory, "https://b.example");
    const proposed = await b.proposeKey(identity, new Secret("key b"));
    expect(proposed.location).toContain("@b.example-");
    await b.save(identity, { ...credentials, gateways: ["https://b.example"] }, new Secret("key b"));
    expect((await b.readKey(identity))?.privateKeyPem.reveal()).toBe("key b");
    expect((await places(directory, "https://a.example").readKey(identity))?.privateKeyPem.reveal()).toBe(
      "key a",
    );
  });
});

it("a refused exchange for the further gateway leaves both as they were", async () => {
  const { a, b, at, directory } = await rig();
  await exchange(at(a).for(identity, undefined));
  b.always(registerPath, { status: 401, body: { error: "Invalid or expired token" } });
  const stranger = at(b).for(identity, undefined);
  const refused = stranger.exchange(stranger.steps.deposit(offer()), never);
  expect(await failureOf(refused)).toMatchObject({ cause: "one-time-token-consumed" });
  expect(await readdir(join(directory, "credentials"))).toEqual([`${name}.json`]);
  expect(await tokenOf(at(a).for(identity, undefined))).toBe("saved token-1");
});

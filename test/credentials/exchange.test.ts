import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/secret.js";
import {
  failureOf,
  gate,
  identity,
  never,
  offer,
  Platform,
  type Received,
  registerPath,
  startBench,
  tokenPath,
} from "./platform.js";

const replicating = { status: 401, body: { error: "Invalid or expired token" } };
const pkcs8 = { type: "pkcs8", format: "pem" } as const;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(pkcs8).toString();
const p384 = generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey.export(pkcs8).toString();
const keyFile = "acme.calc.calc-1.pem";
const credentialsFile = "acme.calc.calc-1.json";
const bodyOf = (request: Received | undefined): Record<string, unknown> => JSON.parse(request?.body ?? "{}");

describe("credential exchange", () => {
  it("[A14 anonymous, approve, in-stream JWT] makes, registers and saves an identity and mints its token", async () => {
    const { platform, directory, credentials } = await startBench();
    const registration = credentials.for(identity, undefined);
    expect(await registration.tokens(never)).toEqual({
      jwt: new Secret(""),
      sessionToken: new Secret(""),
      source: "anonymous",
    });
    expect(await registration.exchange(registration.deposit(offer()), never)).toBe("saved");
    expect(await registration.tokens(never)).toEqual({
      jwt: new Secret("token-1"),
      sessionToken: new Secret(""),
      source: "saved",
    });
    const saved = JSON.parse(await readFile(join(directory, "credentials", credentialsFile), "utf8"));
    const gateways = [`http://localhost:${platform.port}`];
    expect(saved).toEqual({
      ...platform.issued,
      gateways,
      key_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(platform.received(tokenPath)).toHaveLength(1);
  });

  it("sends exactly four members, and neither authorization nor cookie", async () => {
    const { platform, directory, credentials } = await startBench();
    const registration = credentials.for(identity, undefined);
    await registration.exchange(registration.deposit(offer("planted-token")), never);
    const [request] = platform.received(registerPath);
    expect(request).toMatchObject({ method: "POST" });
    expect(request?.headers).toMatchObject({ "content-type": "application/json", accept: "*/*" });
    expect(Object.keys(request?.headers ?? {}).toSorted()).toEqual(
      ["accept", "connection", "content-length", "content-type", "host"].toSorted(),
    );
    const privateKeyPem = await readFile(join(directory, "keys", keyFile), "utf8");
    expect(bodyOf(request)).toEqual({
      token: "planted-token",
      public_key: createPublicKey(privateKeyPem).export({ type: "spki", format: "pem" }),
      connector_type: "calc",
      instance_id: "calc-1",
    });
  });

  it("[A16 #41] has the key on disk, 0600, before the call is made", async () => {
    const { platform, directory, credentials } = await startBench();
    const modes: number[] = [];
    platform.next(registerPath, async () => {
      modes.push((await stat(join(directory, "keys", `${keyFile}.new`))).mode & 0o777);
      return { status: 200, body: platform.issued };
    });
    const registration = credentials.for(identity, undefined);
    await registration.exchange(registration.deposit(offer()), never);
    expect(modes).toEqual([0o600]);
  });

  it("[A14 restart with saved files] a new process is known at once, with the same key", async () => {
    const { platform, credentials, restart } = await startBench();
    const before = credentials.for(identity, undefined);
    await before.exchange(before.deposit(offer()), never);
    await credentials.close();
    expect(await restart().for(identity, undefined).tokens(never)).toMatchObject({
      jwt: new Secret("token-1"),
      source: "saved",
    });
    expect(platform.received(registerPath)).toHaveLength(1);
  });

  it("[A16 #42] a second registration uses the same key", async () => {
    const { platform, credentials, restart } = await startBench();
    for (const one of [credentials, restart()]) {
      const registration = one.for(identity, undefined);
      await registration.exchange(registration.deposit(offer()), never);
    }
    const [first, second] = platform.received(registerPath).map((request) => bodyOf(request).public_key);
    expect(first).toBe(second);
  });

  it("[A14 restart with revoked client] is refused, never anonymous", async () => {
    const { platform, credentials, restart } = await startBench();
    const before = credentials.for(identity, undefined);
    await before.exchange(before.deposit(offer()), never);
    platform.always(tokenPath, { status: 401, body: { error: "invalid_client" } });
    expect(await failureOf(restart().for(identity, undefined).tokens(never))).toMatchObject({
      cause: "credentials-refused",
      code: "invalid_client",
    });
  });

  describe.each([keyFile, `${keyFile}.new`])("[W-11] an unusable key in %s", (file) => {
    const unusable: [string, string, string, RegExp][] = [
      ["no PEM", "planted", "KEY_UNREADABLE", /no PEM/],
      ["nothing", "", "KEY_UNREADABLE", /empty/],
      ["a P-384 key", p384, "KEY_UNSUPPORTED", /secp384r1/],
      ["a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n", "KEY_UNREADABLE", /certificate/],
    ];
    it.each(unusable)(
      "(%s) is refused and left as it is; nothing is sent",
      async (_name, text, code, why) => {
        const { platform, directory, credentials } = await startBench();
        await mkdir(join(directory, "keys"), { mode: 0o700 });
        await writeFile(join(directory, "keys", file), text, { mode: 0o600 });
        const registration = credentials.for(identity, undefined);
        const failure = await failureOf(registration.exchange(registration.deposit(offer()), never));
        expect(failure).toMatchObject({ cause: "credentials-exchange-failed", code });
        expect(failure.detail).toMatch(why);
        expect(failure.detail).toContain(`move ${join(directory, "keys", file)} away`);
        expect(JSON.stringify(failure)).not.toContain("planted");
        expect(await readFile(join(directory, "keys", file), "utf8")).toBe(text);
        expect(platform.requests).toEqual([]);
      },
    );
  });

  it("[W-11] a registration that fails leaves the identity's own key, and the next one uses the same new key", async () => {
    const { platform, directory, credentials } = await startBench();
    await mkdir(join(directory, "keys"), { mode: 0o700 });
    await writeFile(join(directory, "keys", keyFile), rsa, { mode: 0o600 });
    platform.next(registerPath, { status: 403 });
    const registration = credentials.for(identity, undefined);
    const first = registration.exchange(registration.deposit(offer()), never);
    expect(await failureOf(first)).toMatchObject({ code: "HTTP_403" });
    expect(await readFile(join(directory, "keys", keyFile), "utf8")).toBe(rsa);
    await registration.exchange(registration.deposit(offer()), never);
    const sent = platform.received(registerPath).map((request) => bodyOf(request).public_key);
    expect(sent[1]).toBe(sent[0]);
    expect(await readdir(join(directory, "keys"))).toEqual([keyFile]);
  });

  it("[A16 #46] an RSA key gives its place to an EC key with the registration, not before", async () => {
    const { platform, directory, credentials } = await startBench();
    const path = join(directory, "keys", keyFile);
    await mkdir(join(directory, "keys"), { mode: 0o700 });
    await writeFile(path, rsa, { mode: 0o600 });
    const during: string[] = [];
    platform.next(registerPath, async () => {
      during.push(await readFile(path, "utf8"));
      return { status: 200, body: platform.issued };
    });
    const registration = credentials.for(identity, undefined);
    await registration.exchange(registration.deposit(offer()), never);
    expect(during).toEqual([rsa]);
    const publicKey = createPublicKey(await readFile(path, "utf8"));
    expect(publicKey.asymmetricKeyType).toBe("ec");
    expect(bodyOf(platform.received(registerPath)[0]).public_key).toBe(
      publicKey.export({ type: "spki", format: "pem" }),
    );
  });

  it("a SEC1 key is registered as it is", async () => {
    const { platform, directory, credentials } = await startBench();
    const key = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
    await mkdir(join(directory, "keys"), { mode: 0o700 });
    const sec1 = key.export({ type: "sec1", format: "pem" });
    await writeFile(join(directory, "keys", keyFile), sec1, { mode: 0o600 });
    const registration = credentials.for(identity, undefined);
    await registration.exchange(registration.deposit(offer()), never);
    expect(bodyOf(platform.received(registerPath)[0]).public_key).toBe(
      createPublicKey(key).export({ type: "spki", format: "pem" }),
    );
    expect(await readFile(join(directory, "keys", keyFile), "utf8")).toBe(sec1);
  });
});

describe("where the one-time token may go", () => {
  it("[A14 foreign absolute register_url] not to another origin", async () => {
    const other = await Platform.start();
    const { platform, credentials } = await startBench();
    const registration = credentials.for(identity, undefined);
    const id = registration.deposit(offer("one-time-1", `${other.url}${registerPath}`));
    expect(await failureOf(registration.exchange(id, never))).toMatchObject({ code: "FOREIGN_ORIGIN" });
    expect([...platform.requests, ...other.requests]).toEqual([]);
  });

  it("[A14 loopback placeholder matrix_api_url] to the dialled host, whatever the message says", async () => {
    const other = await Platform.start();
    const { platform, credentials, lines } = await startBench();
    const registration = credentials.for(identity, undefined);
    await registration.exchange(registration.deposit(offer("one-time-1", registerPath, other.url)), never);
    expect(other.requests).toEqual([]);
    expect(platform.received(registerPath)).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(String(other.port));
  });

  it("to the setting's base when there is one", async () => {
    const api = await Platform.start();
    const { platform, restart } = await startBench();
    api.always(`/v1${registerPath}`, { status: 200, body: api.issued });
    const registration = restart({ apiUrl: `${api.url}/v1/` }).for(identity, undefined);
    await registration.exchange(registration.deposit(offer()), never);
    expect(api.received(`/v1${registerPath}`)).toHaveLength(1);
    expect(platform.requests).toEqual([]);
  });

  it.each([307, 308, 302])("[W-3] not where a %i leads, and not again", async (status) => {
    const other = await Platform.start();
    const { platform, credentials } = await startBench();
    platform.always(registerPath, { status, headers: { location: `${other.url}${registerPath}` } });
    const registration = credentials.for(identity, undefined);
    expect(await failureOf(registration.exchange(registration.deposit(offer()), never))).toMatchObject({
      cause: "credentials-exchange-failed",
      code: "REDIRECT",
    });
    expect(other.requests).toEqual([]);
    expect(platform.requests).toHaveLength(1);
  });
});

describe("register call that fails", () => {
  const run = async (...replies: Parameters<Platform["next"]>[1][]) => {
    const bench = await startBench();
    bench.platform.next(registerPath, ...replies);
    const registration = bench.credentials.for(identity, undefined);
    return { ...bench, registration, work: registration.exchange(registration.deposit(offer()), never) };
  };

  it("[A14 OTT replication delay] is tried again after 500, 1000 and 2000 ms", async () => {
    const { work, waits, platform } = await run(replicating, replicating, replicating);
    expect(await work).toBe("saved");
    expect(waits).toEqual([500, 1000, 2000]);
    expect(platform.received(registerPath)).toHaveLength(4);
  });

  it("[A14 OTT reuse] says that the token is consumed after four tries", async () => {
    const { work, platform } = await run(replicating, replicating, replicating, replicating);
    expect(await failureOf(work)).toMatchObject({ cause: "one-time-token-consumed" });
    expect(platform.received(registerPath)).toHaveLength(4);
  });

  it("waits longer by up to a quarter", async () => {
    const { restart, platform, waits } = await startBench();
    platform.next(registerPath, replicating);
    const registration = restart({ random: () => 0.8 }).for(identity, undefined);
    await registration.exchange(registration.deposit(offer()), never);
    expect(waits).toEqual([600]);
  });

  it.each([
    ["500", { status: 500 }],
    ["503 with a short pause", { status: 503, headers: { "retry-after": "1" } }],
    ["429", { status: 429 }],
    ["a cut connection", { status: 200, cut: true }],
  ])("%s is tried again", async (_name, reply) => {
    const { work, platform } = await run(reply);
    expect(await work).toBe("saved");
    expect(platform.received(registerPath)).toHaveLength(2);
  });

  it.each([
    ["another 401", { status: 401, body: { error: "planted" } }, "HTTP_401"],
    ["403", { status: 403, body: "planted" }, "HTTP_403"],
    ["malformed JSON", { status: 200, body: "{planted" }, "MALFORMED_RESPONSE"],
    ["missing members", { status: 200, body: { client_id: "planted" } }, "MALFORMED_RESPONSE"],
    ["an empty 204", { status: 204, body: "" }, "MALFORMED_RESPONSE"],
    ["a pause of an hour", { status: 429, headers: { "retry-after": "3600" } }, "HTTP_429"],
  ])("%s is not", async (_name, reply, code) => {
    const { work, platform } = await run(reply);
    const failure = await failureOf(work);
    expect(failure).toMatchObject({ cause: "credentials-exchange-failed", code });
    expect(JSON.stringify(failure)).not.toContain("planted");
    expect(platform.received(registerPath)).toHaveLength(1);
  });

  it("hands the pause of a 429 on", async () => {
    const { work } = await run({ status: 429, headers: { "retry-after": "3600" } });
    expect(await failureOf(work)).toMatchObject({ retryAfterMs: 3_600_000 });
  });

  it("[W-2] a server that stalls costs the time limit, not for ever", async () => {
    const { platform, restart } = await startBench();
    const answer = gate();
    platform.always(registerPath, async () => {
      await answer.promise;
      return { status: 500 };
    });
    const registration = restart({ stepTimeoutMs: 500 }).for(identity, undefined);
    expect(await failureOf(registration.exchange(registration.deposit(offer()), never))).toMatchObject({
      cause: "credentials-exchange-failed",
      code: "TIMEOUT",
    });
    expect(platform.received(registerPath)).toHaveLength(4);
    answer.open();
  });

  it("[A16 #85] an offer without a token, and one that is not in custody, fail at once", async () => {
    const { platform, credentials } = await startBench();
    const registration = credentials.for(identity, undefined);
    expect(await failureOf(registration.exchange(registration.deposit(offer("")), never))).toMatchObject({
      code: "NO_TOKEN",
    });
    expect(await failureOf(registration.exchange("offer-99", never))).toMatchObject({
      code: "UNKNOWN_OFFER",
    });
    expect(platform.requests).toEqual([]);
  });

  it("of more than sixteen offers the oldest is dropped; ids are never reused", async () => {
    const { platform, credentials } = await startBench();
    const registration = credentials.for(identity, undefined);
    const ids = Array.from({ length: 17 }, (_, i) => registration.deposit(offer(`one-time-${i}`)));
    expect(new Set(ids).size).toBe(17);
    expect(await failureOf(registration.exchange(ids[0]!, never))).toMatchObject({ code: "UNKNOWN_OFFER" });
    expect(await registration.exchange(ids[1]!, never)).toBe("saved");
    expect(bodyOf(platform.received(registerPath)[0])).toMatchObject({ token: "one-time-1" });
  });
});

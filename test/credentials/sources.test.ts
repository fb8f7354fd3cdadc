import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { wellKnownKeyPaths } from "../../src/credentials/mounted-key.js";
import { Secret } from "../../src/secret.js";
import { mountSecret } from "../support/mounted-secret.js";
import {
  type BenchOptions,
  failureOf,
  identity,
  never,
  offer,
  registerPath,
  startBench,
  temporaryFolder,
  tokenPath,
} from "./platform.js";

const newKey = (type: "pkcs8" | "sec1" = "pkcs8") =>
  generateKeyPairSync("ec", { namedCurve: "prime256v1" })
    .privateKey.export({ type, format: "pem" })
    .toString();
const consumed = { status: 401, body: { error: "Invalid or expired token" } };

/** A bench with all sources at hand; tests take away from the environment. */
async function bench(options: BenchOptions = {}) {
  const folder = await temporaryFolder();
  const keyPath = join(folder, "connector-key.pem");
  await writeFile(keyPath, newKey());
  const started = await startBench(options);
  const mounted = {
    STRIKE48_PRIVATE_KEY_PATH: keyPath,
    STRIKE48_CLIENT_ID: "mounted-client",
    STRIKE48_AUTH_URL: started.platform.realmUrl,
    TENANT_ID: "acme",
  };
  const clientIds = () =>
    started.platform.received(tokenPath).map(({ body }) => new URLSearchParams(body).get("client_id"));
  const assertion = () =>
    new URLSearchParams(started.platform.received(tokenPath).at(-1)?.body ?? "").get("client_assertion") ??
    "";
  const registrationWith = (env: Record<string, string>, explicit?: string, more: BenchOptions = {}) =>
    started
      .restart({ env, ...more })
      .for(identity, explicit === undefined ? undefined : new Secret(explicit));
  return { ...started, folder, keyPath, mounted, clientIds, assertion, registrationWith };
}

async function save({ registrationWith }: Awaited<ReturnType<typeof bench>>) {
  const first = registrationWith({});
  await first.exchange(first.deposit(offer()), never);
}

describe("the order of sources", () => {
  it("[W-18] option, mounted key, saved, one-time token, AUTH_TOKEN, none: each stands before the next", async () => {
    const here = await bench();
    const rest = { STRIKE48_REGISTRATION_TOKEN: "ott", AUTH_TOKEN: "env-token" };
    const sourceOf = async (env: Record<string, string>, explicit?: string) =>
      (await here.registrationWith(env, explicit).tokens(never)).source;
    await save(here);
    const all = { ...here.mounted, ...rest };
    expect(await sourceOf(all, "option")).toBe("explicit");
    expect(await sourceOf(all)).toBe("mounted-key");
    expect(await sourceOf(rest)).toBe("saved");
    const fresh = await bench();
    const freshly = async (env: Record<string, string>) =>
      (await fresh.registrationWith(env).tokens(never)).source;
    expect(await freshly({})).toBe("anonymous");
    expect(await freshly({ AUTH_TOKEN: "env-token" })).toBe("environment");
    expect(await freshly(rest)).toBe("one-time-token");
    expect(await freshly(rest)).toBe("saved");
  });

  it("says at once what needs no step, with the tokens to register with, and nothing of what does", async () => {
    const here = await bench();
    const atHand = async (env: Record<string, string>, explicit?: string) => {
      const { steps } = here.registrationWith(env, explicit);
      return (await steps.isAtHand(never)) ? steps.take().source : null;
    };
    expect(await atHand({})).toBe("anonymous");
    expect(await atHand({ AUTH_TOKEN: "env-token" })).toBe("environment");
    expect(await atHand(here.mounted, "option")).toBe("explicit");
    expect(await atHand(here.mounted)).toBeNull();
    expect(await atHand({ STRIKE48_REGISTRATION_TOKEN: "ott" })).toBeNull();
    await save(here);
    expect(await atHand({ AUTH_TOKEN: "env-token" })).toBeNull();
    const { steps } = here.registrationWith({});
    await expect(steps.isAtHand(AbortSignal.abort(new Error("given up")))).rejects.toThrow("given up");
  });

  it("says it without a promise until somebody has saved anything or given a token", async () => {
    const here = await bench();
    const said = (env: Record<string, string>) => here.registrationWith(env).steps.isAtHand(never);
    expect(said({})).toBe(true);
    expect(said(here.mounted)).toBe(false);
    expect(said({ STRIKE48_REGISTRATION_TOKEN: "ott" })).toBeInstanceOf(Promise);
    await save(here);
    expect(said({})).toBeInstanceOf(Promise);
  });

  it("[W-9] blank variables count as unset", async () => {
    const { registrationWith } = await bench();
    const env = {
      STRIKE48_PRIVATE_KEY_PATH: " ",
      STRIKE48_CLIENT_ID: "",
      STRIKE48_AUTH_URL: "\t",
      STRIKE48_REGISTRATION_TOKEN: "  ",
      AUTH_TOKEN: " ",
    };
    expect(await registrationWith(env).tokens(never)).toMatchObject({ source: "anonymous" });
  });

  it("AUTH_TOKEN is sent as it is, trimmed", async () => {
    const { registrationWith, platform } = await bench();
    expect(await registrationWith({ AUTH_TOKEN: " jwt \n" }).tokens(never)).toEqual({
      jwt: new Secret("jwt"),
      sessionToken: new Secret(""),
      source: "environment",
    });
    expect(platform.requests).toEqual([]);
  });

  it("a damaged file of saved credentials is told and counts as absent: the next source has its turn", async () => {
    const here = await bench();
    await save(here);
    const path = join(here.directory, "credentials", "acme.calc.calc-1.json");
    await writeFile(path, "{ damaged", { mode: 0o600 });
    expect(await here.registrationWith({ AUTH_TOKEN: "jwt" }).tokens(never)).toMatchObject({
      source: "environment",
    });
    expect(here.lines.filter(({ level }) => level === "warn").map(({ fields }) => fields)).toContainEqual({
      path,
    });
  });
});

describe("a mounted key", () => {
  it("[A16 #54] is not used without its variables", async () => {
    const { registrationWith } = await bench();
    expect(await registrationWith({ TENANT_ID: "acme" }).tokens(never)).toMatchObject({
      source: "anonymous",
    });
  });

  it.each([
    ["STRIKE48_CLIENT_ID", { STRIKE48_CLIENT_ID: "c" }, "STRIKE48_AUTH_URL"],
    ["STRIKE48_AUTH_URL", { STRIKE48_AUTH_URL: "https://kc.example/realms/r" }, "STRIKE48_CLIENT_ID"],
    [
      "STRIKE48_PRIVATE_KEY_PATH",
      { STRIKE48_PRIVATE_KEY_PATH: "/k.pem" },
      "STRIKE48_CLIENT_ID and STRIKE48_AUTH_URL",
    ],
  ])("[W-9] with only %s is refused at construction, naming what is missing", async (name, env, missing) => {
    const { registrationWith } = await bench();
    const build = () => registrationWith(env as Record<string, string>);
    expect(build).toThrow(expect.objectContaining({ code: "INVALID_CONFIG" }));
    expect(build).toThrow(`a mounted key is half configured: ${name} set, ${missing} not`);
    // What stands before it makes it irrelevant.
    expect(await registrationWith(env as Record<string, string>, "option").tokens(never)).toMatchObject({
      source: "explicit",
    });
  });

  it.each([
    ["no URL", "kc.example", "STRIKE48_AUTH_URL is not a valid HTTP(S) URL"],
    [
      "[W-4] plain http elsewhere",
      "http://kc.example/realms/r",
      "STRIKE48_AUTH_URL is plain http and not on loopback",
    ],
  ])("with %s as its realm is refused at construction", async (_, url, message) => {
    const { registrationWith, mounted } = await bench();
    expect(() => registrationWith({ ...mounted, STRIKE48_AUTH_URL: url })).toThrow(message);
  });

  it("[W-16] signs for the realm without its trailing slash, and sends no key id", async () => {
    const { registrationWith, mounted, assertion, platform } = await bench();
    const env = { ...mounted, STRIKE48_AUTH_URL: `${platform.realmUrl}/` };
    expect(await registrationWith(env).tokens(never)).toMatchObject({
      jwt: new Secret("token-1"),
      source: "mounted-key",
    });
    expect(decodeJwt(assertion())).toMatchObject({ iss: "mounted-client", aud: platform.realmUrl });
    expect(decodeProtectedHeader(assertion())).toEqual({ alg: "ES256", typ: "JWT" });
  });

  it("[W-6] that was rotated is read again at the next token, without a restart", async () => {
    const { registrationWith, mounted, keyPath, assertion } = await bench();
    const registration = registrationWith(mounted);
    await registration.tokens(never);
    const before = assertion();
    await writeFile(keyPath, newKey("sec1"));
    registration.renew();
    await registration.tokens(never);
    expect(assertion().split(".")[2]).not.toBe(before.split(".")[2]);
    expect(decodeProtectedHeader(assertion())).toMatchObject({ alg: "ES256" });
  });

  it("[W-6] [W-21] that is missing is waited for: never anonymous, and there as soon as it is mounted", async () => {
    const { registrationWith, mounted, folder, platform } = await bench();
    const path = join(folder, "later.pem");
    const registration = registrationWith({ ...mounted, STRIKE48_PRIVATE_KEY_PATH: path, AUTH_TOKEN: "jwt" });
    const failure = await failureOf(registration.tokens(never));
    expect(failure).toMatchObject({ cause: "credentials-unavailable", code: "KEY_MISSING" });
    expect(failure.detail).toContain(path);
    expect(platform.requests).toEqual([]);
    await writeFile(path, newKey());
    expect(await registration.tokens(never)).toMatchObject({ source: "mounted-key" });
  });

  it("lies where cert-manager puts it, when no variable says so", async () => {
    const { registrationWith, mounted, keyPath, folder } = await bench();
    const { STRIKE48_PRIVATE_KEY_PATH: _, ...env } = mounted;
    const wellKnown = { keys: [join(folder, "missing.pem"), keyPath], tokens: [] };
    expect(await registrationWith(env, undefined, { wellKnown }).tokens(never)).toMatchObject({
      source: "mounted-key",
    });
    const gone = { keys: [join(folder, "missing.pem")], tokens: [] };
    expect(
      await failureOf(registrationWith(env, undefined, { wellKnown: gone }).tokens(never)),
    ).toMatchObject({
      code: "KEY_MISSING",
    });
    expect(wellKnownKeyPaths).toEqual([
      "/var/run/secrets/matrix/connector-key.pem",
      "/var/run/secrets/matrix/tls.key",
    ]);
  });

  it("[W-6] that is refused stays, and a person is told what to check", async () => {
    const { registrationWith, mounted, platform, keyPath } = await bench();
    platform.always(tokenPath, { status: 401, body: { error: "invalid_client" } });
    const failure = await failureOf(registrationWith(mounted).tokens(never));
    expect(failure).toMatchObject({ cause: "credentials-refused" });
    expect(failure.detail).toContain(keyPath);
    expect(failure.detail).toContain("STRIKE48_CLIENT_ID");
  });

  it("is one client for all its registrations: one call for all of them, also at a renewal", async () => {
    const { restart, mounted, platform, clocks } = await bench();
    const credentials = restart({ env: mounted });
    const all = Array.from({ length: 50 }, (_, i) =>
      credentials.for({ ...identity, instanceId: `calc-${i}` }, undefined),
    );
    await Promise.all(all.map((one) => one.tokens(new AbortController().signal)));
    expect(platform.received(tokenPath)).toHaveLength(1);
    clocks.monotonicMs += 211_000;
    await Promise.all(
      all.map((one) => one.steps.mint({ ahead: true, isNewClient: false }, new AbortController().signal)),
    );
    expect(platform.received(tokenPath)).toHaveLength(2);
  });

  it("[W-23] that has to wait: the others wait until the server's pause is over, and no longer", async () => {
    const { restart, mounted, platform, clocks } = await bench();
    platform.always(tokenPath, { status: 503, headers: { "retry-after": "60" } });
    const credentials = restart({ env: mounted });
    await failureOf(credentials.for(identity, undefined).tokens(never));
    clocks.monotonicMs += 50_000;
    const other = credentials.for({ ...identity, instanceId: "calc-2" }, undefined);
    expect(await failureOf(other.tokens(never))).toMatchObject({ code: "HTTP_503", retryAfterMs: 10_000 });
  });

  it("that is refused is asked about by one registration for all", async () => {
    const { restart, mounted, platform } = await bench();
    platform.always(tokenPath, { status: 401, body: { error: "invalid_client" } });
    const credentials = restart({ env: mounted });
    const all = Array.from({ length: 50 }, (_, i) =>
      credentials.for({ ...identity, instanceId: `calc-${i}` }, undefined),
    );
    for (const one of all)
      expect(await failureOf(one.tokens(never))).toMatchObject({ cause: "credentials-refused" });
    expect(platform.received(tokenPath)).toHaveLength(1);
  });
});

describe("a mounted key's mode", () => {
  it.skipIf(process.platform === "win32")("is 0440 with an fsGroup: nobody is warned", async () => {
    const { directory } = await mountSecret({ "tls.key": newKey() });
    const here = await bench();
    const env = { ...here.mounted, STRIKE48_PRIVATE_KEY_PATH: join(directory, "tls.key") };
    expect(await here.registrationWith(env).tokens(never)).toMatchObject({ source: "mounted-key" });
    expect(here.lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  });
});

describe("an operator's one-time token", () => {
  it("[W-25] registers a key at the default path, and is saved", async () => {
    const { registrationWith, platform, directory } = await bench();
    const registration = registrationWith({ STRIKE48_REGISTRATION_TOKEN: "ott-1" });
    expect(await registration.tokens(never)).toMatchObject({
      jwt: new Secret("token-1"),
      source: "one-time-token",
    });
    expect(JSON.parse(platform.received(registerPath)[0]?.body ?? "{}")).toMatchObject({ token: "ott-1" });
    expect(await registration.tokens(never)).toMatchObject({ source: "saved" });
    expect(platform.received(registerPath)).toHaveLength(1);
    expect(directory).not.toBe("");
  });

  it("[W-1] that is used leads to waiting for approval, and is not tried again", async () => {
    const { registrationWith, platform, waits } = await bench();
    platform.always(registerPath, consumed);
    const registration = registrationWith({ STRIKE48_REGISTRATION_TOKEN: "used" });
    expect(await registration.tokens(never)).toMatchObject({ source: "anonymous" });
    expect(waits).toEqual([500, 1_000, 2_000]);
    expect(await registration.tokens(never)).toMatchObject({ source: "anonymous" });
    expect(platform.received(registerPath)).toHaveLength(4);
  });

  it("[W-1] left in the environment does not disturb a restart with saved credentials", async () => {
    const { registrationWith, platform } = await bench();
    const env = { STRIKE48_REGISTRATION_TOKEN: "ott-1" };
    await registrationWith(env).tokens(never);
    platform.always(registerPath, consumed);
    expect(await registrationWith(env).tokens(never)).toMatchObject({ source: "saved" });
    expect(platform.received(registerPath)).toHaveLength(1);
  });

  it("[W-1] in a file is read at each use: a new one after a used one serves without a restart", async () => {
    const { registrationWith, platform, folder } = await bench();
    const path = join(folder, "registration-token");
    await writeFile(path, "used");
    platform.next(registerPath, consumed, consumed, consumed, consumed);
    const registration = registrationWith({}, undefined, { wellKnown: { keys: [], tokens: [path] } });
    expect(await registration.tokens(never)).toMatchObject({ source: "anonymous" });
    await writeFile(path, "new");
    expect(await registration.tokens(never)).toMatchObject({ source: "one-time-token" });
  });

  it("for somebody else is passed over at once, for this registration only", async () => {
    const { restart, platform } = await bench();
    platform.next(registerPath, { status: 401, body: { error: "The token is for another instance" } });
    const credentials = restart({ env: { STRIKE48_REGISTRATION_TOKEN: "ott-1" } });
    expect(await credentials.for(identity, undefined).tokens(never)).toMatchObject({ source: "anonymous" });
    expect(platform.received(registerPath)).toHaveLength(1);
    const other = credentials.for({ ...identity, instanceId: "calc-2" }, undefined);
    expect(await other.tokens(never)).toMatchObject({ source: "one-time-token" });
  });

  it("[W-22] that has expired or is for another tenant is never sent, and a person is told why", async () => {
    const { registrationWith, platform, lines } = await bench();
    const token = (more: object) => JSON.stringify({ token: "planted-secret", ...more });
    for (const more of [{ expires_at: "2001-01-01T00:00:00Z" }, { tenant_id: "other" }]) {
      const registration = registrationWith({ STRIKE48_REGISTRATION_TOKEN: token(more) });
      expect(await registration.tokens(never)).toMatchObject({ source: "anonymous" });
    }
    expect(platform.requests).toEqual([]);
    const told = lines.filter(({ level }) => level === "warn");
    expect(told.map(({ fields }) => (fields as { why: string }).why)).toEqual([
      "it has expired",
      "it is for another tenant",
    ]);
    expect(JSON.stringify(lines)).not.toContain("planted-secret");
  });

  it("that is used is told once, by the name of its variable, however many registrations pass it over", async () => {
    const { restart, platform, lines } = await bench();
    const credentials = restart({ env: { STRIKE48_REGISTRATION_TOKEN: "ott-1" } });
    await credentials.for(identity, undefined).tokens(never);
    expect(platform.received(registerPath)).toHaveLength(1);
    for (const instanceId of ["calc-2", "calc-3", "calc-4"]) {
      const other = credentials.for({ ...identity, instanceId }, undefined);
      expect(await other.tokens(never)).toMatchObject({ source: "anonymous" });
    }
    const passedOver = lines.filter(({ message }) => message.includes("passed over"));
    expect(passedOver.map(({ message }) => message)).toEqual([
      "The one-time token of STRIKE48_REGISTRATION_TOKEN is passed over: it is used or was refused.",
    ]);
  });

  it("[W-7] goes to the dialled gateway, whatever the token itself names", async () => {
    const { registrationWith, platform } = await bench();
    const elsewhere = await startBench();
    const token = JSON.stringify({ token: "ott", matrix_url: elsewhere.platform.url });
    await registrationWith({ STRIKE48_REGISTRATION_TOKEN: token }).tokens(never);
    expect(elsewhere.platform.requests).toEqual([]);
    expect(platform.received(registerPath)).toHaveLength(1);
  });

  it("[W-21] an API that is down is no end: tried again, and never anonymous meanwhile", async () => {
    const { registrationWith, platform } = await bench();
    platform.always(registerPath, { status: 503 });
    const registration = registrationWith({ STRIKE48_REGISTRATION_TOKEN: "ott", AUTH_TOKEN: "jwt" });
    expect(await failureOf(registration.tokens(never))).toMatchObject({
      cause: "credentials-exchange-failed",
      code: "HTTP_503",
    });
    platform.always(registerPath, () => ({ status: 200, body: platform.issued }));
    expect(await registration.tokens(never)).toMatchObject({ source: "one-time-token" });
  });
});

import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, type GatewayOptions, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Finding, runChecks } from "../../src/doctor/index.js";
import { authority } from "../support/certificates.js";

const privatePem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();
const publicPem = (key: KeyObject) => key.export({ type: "spki", format: "pem" }).toString();
const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const identity = { tenantId: "t", connectorType: "calc", instanceId: "one" };

interface Place {
  readonly gateway: Gateway;
  readonly home: string;
  readonly check: (env?: Record<string, string>, now?: () => number) => Promise<readonly Finding[]>;
}

async function place(options: GatewayOptions = {}): Promise<Place> {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  const home = await mkdtemp(join(tmpdir(), "mooring-doctor-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const check = (env: Record<string, string> = {}, now?: () => number) =>
    runChecks({ env: { HOME: home, STRIKE48_URL: gateway.url, ...env }, ...(now ? { now } : {}) });
  return { gateway, home, check };
}

const levels = (findings: readonly Finding[], check: string) =>
  findings.filter((one) => one.check === check).map(({ level }) => level);
const failing = (findings: readonly Finding[]) => findings.filter(({ level }) => level !== "ok");

/** What a connector leaves behind after its registration. */
async function save({ gateway, home }: Place, name = "t.calc.one", key = privatePem(pair.privateKey)) {
  const { clientId } = gateway.registerClient({
    identity,
    publicKey: publicPem(createPublicKey(key)),
  });
  const folder = join(home, ".strike48");
  for (const part of ["", "keys", "credentials"])
    await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
  const credentials = { client_id: clientId, keycloak_url: gateway.realmUrl, tenant_id: "t" };
  const paths = {
    key: join(folder, "keys", `${name}.pem`),
    credentials: join(folder, "credentials", `${name}.json`),
  };
  await writeFile(paths.key, key, { mode: 0o600 });
  await writeFile(paths.credentials, JSON.stringify(credentials), { mode: 0o600 });
  return { clientId, ...paths };
}

describe("the doctor in a good place", () => {
  it("finds the gateway, its API and its clock right, before anything is registered", async () => {
    const findings = await (await place()).check();
    expect(failing(findings)).toEqual([]);
    expect(levels(findings, "gateway")).toEqual(["ok", "ok", "ok"]);
    expect(levels(findings, "clock")).toEqual(["ok"]);
    expect(findings.map(({ what }) => what).join()).toContain("no saved credentials");
  });

  it("gets a token with saved credentials and with a mounted key, and shows none", async () => {
    const here = await place();
    const { clientId, key } = await save(here);
    const findings = await here.check({
      STRIKE48_PRIVATE_KEY_PATH: key,
      STRIKE48_CLIENT_ID: clientId,
      STRIKE48_AUTH_URL: here.gateway.realmUrl,
      TENANT_ID: "t",
    });
    expect(failing(findings)).toEqual([]);
    expect(levels(findings, "token")).toEqual(["ok", "ok"]);
    expect(levels(findings, "key")).toEqual(["ok", "ok"]);
    expect(JSON.stringify(findings)).not.toMatch(/eyJ|PRIVATE KEY/);
  });

  it("opens TLS with the authority of the settings", async () => {
    const issuer = await authority();
    const tls = await issuer.issue("127.0.0.1");
    const here = await place({ tls });
    const file = join(here.home, "ca.pem");
    await writeFile(file, issuer.ca);
    const findings = await here.check({ MATRIX_TLS_CA_CERT: file });
    expect(findings.filter(({ level }) => level === "fail")).toEqual([]);
    const steps = findings.filter(({ check }) => check === "gateway").map(({ step }) => step);
    expect(steps).toEqual(["tcp", "tls", "alpn", "grpc", "api"]);
    const untrusting = await here.check();
    expect(untrusting).toContainEqual(
      expect.objectContaining({
        level: "fail",
        what: expect.stringMatching(/^TLS does not open/),
        fix: expect.stringContaining("MATRIX_TLS_CA_CERT"),
      }),
    );
  });
});

describe("the doctor on sources", () => {
  const said = async (env: Record<string, string>, prepare: (here: Place) => unknown = () => {}) => {
    const here = await place();
    await prepare(here);
    const findings = await here.check({ TENANT_ID: "t", ...env });
    return findings.filter(({ check }) => check === "source").map(({ what }) => what);
  };

  it("tells what each registration would use, in the order of the runtime", async () => {
    expect(await said({})).toEqual([
      "unless add() gives an authToken, a registration shows no credentials: it waits for approval, unless the gateway approves by itself",
    ]);
    const env = { STRIKE48_REGISTRATION_TOKEN: "planted-ott", AUTH_TOKEN: "planted-jwt" };
    const all = await said(env, save);
    expect(all).toEqual([
      "unless add() gives an authToken, t.calc.one uses its saved credentials",
      "unless add() gives an authToken, any other registration uses the one-time token of STRIKE48_REGISTRATION_TOKEN, as long as that is valid",
      "unless add() gives an authToken, any other registration uses AUTH_TOKEN",
    ]);
    expect(JSON.stringify(all)).not.toContain("planted");
    const mounted = {
      STRIKE48_PRIVATE_KEY_PATH: "/k.pem",
      STRIKE48_CLIENT_ID: "client-1",
      STRIKE48_AUTH_URL: "https://kc.example/realms/r",
    };
    expect(await said({ ...env, ...mounted }, save)).toEqual([
      "unless add() gives an authToken, every registration uses the mounted key of the client client-1",
    ]);
  });

  it("[W-22] tells which one-time token is passed over, and why", async () => {
    const token = JSON.stringify({ token: "planted", tenant_id: "other" });
    expect(await said({ STRIKE48_REGISTRATION_TOKEN: token })).toEqual([
      "the one-time token of STRIKE48_REGISTRATION_TOKEN is passed over: it is for another tenant",
      "unless add() gives an authToken, a registration shows no credentials: it waits for approval, unless the gateway approves by itself",
    ]);
  });
});

describe("what the doctor advises", () => {
  const garbage = "no key at all";

  it.each([
    ["mounted", "missing", "mount the key there, or set STRIKE48_PRIVATE_KEY_PATH to where it is"],
    ["mounted", "garbage", "mount the key that is registered for the client of STRIKE48_CLIENT_ID"],
    ["mounted", "revoked", "check the clock, STRIKE48_CLIENT_ID, and that this key is registered for it"],
    ["mounted", "gone", "check STRIKE48_AUTH_URL, and the way to that host"],
    ["mounted", "elsewhere", "check STRIKE48_AUTH_URL: the full URL of the realm"],
    ["saved", "missing", "put it back, or move CREDENTIALS away to register anew"],
    [
      "saved",
      "garbage",
      "put back the key that its client was registered with, or move it and CREDENTIALS away to register anew",
    ],
    [
      "saved",
      "revoked",
      "check the clock; mooring dev without --state forgets its clients when it restarts; to register anew, move CREDENTIALS away",
    ],
    ["saved", "gone", "check keycloak_url in CREDENTIALS, and the way to that host"],
    ["saved", "elsewhere", "check keycloak_url in CREDENTIALS: the full URL of the realm"],
    ["saved", "plain", "correct keycloak_url in CREDENTIALS: nothing was sent there"],
  ] as const)("for a %s key (%s) is what serves there", async (kind, trouble, fix) => {
    const here = await place();
    const { clientId, key, credentials } = await save(here);
    const realms: Readonly<Record<string, string>> = {
      gone: "http://127.0.0.1:1/realms/matrix",
      elsewhere: `${here.gateway.httpUrl}/realms/no-such`,
      plain: "http://kc.example/realms/matrix",
    };
    const realm = realms[trouble] ?? here.gateway.realmUrl;
    const mounted = join(here.home, "tls.key");
    if (kind === "mounted") {
      await copyFile(key, mounted);
      await chmod(mounted, 0o440);
      await rm(credentials);
    } else {
      const saved = { client_id: clientId, keycloak_url: realm, tenant_id: "t" };
      await writeFile(credentials, JSON.stringify(saved));
    }
    const used = kind === "mounted" ? mounted : key;
    if (trouble === "missing") await rm(used);
    if (trouble === "garbage") {
      await chmod(used, 0o600);
      await writeFile(used, garbage);
      if (kind === "mounted") await chmod(used, 0o440);
    }
    if (trouble === "revoked") here.gateway.revokeClient(clientId);
    const env = {
      STRIKE48_PRIVATE_KEY_PATH: mounted,
      STRIKE48_CLIENT_ID: clientId,
      STRIKE48_AUTH_URL: realm,
      TENANT_ID: "t",
    };
    const found = failing(await here.check(kind === "mounted" ? env : {}));
    expect(found.map((one) => one.fix?.replaceAll(credentials, "CREDENTIALS"))).toEqual([fix]);
  });

  it("for a one-time token that is passed over names the variable", async () => {
    const here = await place();
    const path = join(here.home, "token");
    const found = failing(
      await here.check({
        STRIKE48_REGISTRATION_TOKEN: JSON.stringify({ token: "planted", expires_at: 1 }),
        STRIKE48_REGISTRATION_TOKEN_FILE: path,
      }),
    );
    expect(found.map(({ what, fix }) => [what, fix])).toEqual([
      [
        "the one-time token of STRIKE48_REGISTRATION_TOKEN is passed over: it has expired",
        "put a new one there, or unset the variable",
      ],
      [
        `the one-time token of ${path} (STRIKE48_REGISTRATION_TOKEN_FILE) is passed over: it cannot be read (ENOENT)`,
        "put a new one there, or unset the variable",
      ],
    ]);
  });

  it("names no damaged credentials as those that will be used", async () => {
    const here = await place();
    const { credentials } = await save(here);
    await writeFile(credentials, "{");
    const found = await here.check();
    expect(found.filter(({ what }) => what.includes("uses its saved credentials"))).toEqual([]);
  });
});

describe("the doctor in a bad place", () => {
  it.each([
    ["an address that cannot be", { STRIKE48_URL: "grpc://a:b" }, "fail", "STRIKE48_URL"],
    ["an address of another kind", { STRIKE48_URL: "ftp://a.example" }, "fail", "STRIKE48_URL is no address"],
    ["a blank variable", { TENANT_ID: " " }, "warn", "TENANT_ID is set but blank"],
    ["an id that is changed", { TENANT_ID: "a.b" }, "warn", "TENANT_ID holds"],
    [
      "an API address that is none",
      { STRIKE48_API_URL: "studio" },
      "fail",
      "STRIKE48_API_URL is no HTTP(S) URL",
    ],
    ["plain http", { STRIKE48_AUTH_URL: "http://kc.example" }, "fail", "plain http and not on loopback"],
    ["a switch for TLS where there is none", { MATRIX_TLS_INSECURE: "1" }, "warn", "does nothing, because"],
    ["no certificate checks", { MATRIX_TLS_INSECURE: "TRUE" }, "warn", "certificates are not checked"],
    ["a switch that is none", { MATRIX_TLS_INSECURE: "maybe" }, "fail", "INSECURE is neither true nor false"],
    [
      "tokens in clear, allowed",
      { STRIKE48_URL: "grpc://10.255.255.1:1", MOORING_ALLOW_INSECURE_GRPC: "1" },
      "warn",
      "tokens go there in clear, because MOORING_ALLOW_INSECURE_GRPC is set",
    ],
    [
      "a third switch that is none",
      { MOORING_ALLOW_INSECURE_GRPC: "yes" },
      "fail",
      "GRPC is neither true nor false",
    ],
    [
      "another switch that is none",
      { STRIKE48_METRICS_ENABLED: "no" },
      "fail",
      "ENABLED is neither true nor false",
    ],
    [
      "a transport that is none",
      { MOORING_TRANSPORT: "http" },
      "fail",
      "MOORING_TRANSPORT names no transport",
    ],
    ["a blank transport", { MOORING_TRANSPORT: " " }, "warn", "MOORING_TRANSPORT is set but blank"],
    ["an interval below nothing", { STRIKE48_METRICS_INTERVAL_MS: "-1" }, "fail", "no whole number from 0"],
    ["a missing authority", { MATRIX_TLS_CA_CERT: "/missing.pem" }, "fail", "/missing.pem (ENOENT)"],
    ["an interval that is none", { STRIKE48_METRICS_INTERVAL_MS: "1s" }, "fail", "no whole number"],
    ["half a mounted key", { STRIKE48_CLIENT_ID: "c" }, "fail", "half configured: STRIKE48_CLIENT_ID set"],
    [
      "a mounted key that is missing",
      { STRIKE48_PRIVATE_KEY_PATH: "/no.pem" },
      "fail",
      "the key /no.pem does not exist",
    ],
    [
      "an expired token",
      { AUTH_TOKEN: `e.${Buffer.from('{"exp":1}').toString("base64url")}.s` },
      "fail",
      "AUTH_TOKEN has expired: it ended at 1970-01-01T00:00:01.000Z, and this computer's clock shows 20",
    ],
    ...(["iat", "nbf"] as const).map(
      (claim) =>
        [
          `a token whose ${claim} is years ahead`,
          { AUTH_TOKEN: `e.${Buffer.from(`{"${claim}":4102444800,"exp":1e300}`).toString("base64url")}.s` },
          "fail",
          "AUTH_TOKEN is of 2100-01-01T00:00:00.000Z, and this computer's clock shows 20",
        ] as const,
    ),
  ] as const)("finds %s, and says what to do", async (_name, env, level, words) => {
    const findings = await (await place()).check(env);
    const found = failing(findings).find(({ what }) => what.includes(words));
    expect(found).toMatchObject({ level, fix: expect.stringMatching(/\w{3}/) });
  });

  it("finds that nothing listens, and that what listens is no gateway", async () => {
    const here = await place();
    const silent = createTcpServer((socket) =>
      socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => void silent.close());
    const address = silent.address();
    if (address === null || typeof address === "string") throw new Error("It listens on TCP.");
    const wrong = await here.check({ STRIKE48_URL: `grpc://127.0.0.1:${address.port}` });
    expect(failing(wrong)).toMatchObject([
      { level: "fail", what: expect.stringContaining("does not speak HTTP/2") },
      { level: "fail", what: expect.stringContaining("no other transport works here either") },
    ]);
    await here.gateway.close();
    expect(failing(await here.check())).toMatchObject([
      {
        level: "fail",
        what: expect.stringMatching(/^TCP .*ECONNREFUSED/),
        fix: expect.stringContaining("start the gateway"),
      },
      { level: "skip", what: expect.stringMatching(/^gRPC: not tried: needs TCP to /) },
      { level: "skip", what: expect.stringMatching(/^the HTTP API at .*: not tried: needs TCP to /) },
    ]);
  });

  it("tells one cause once: what needs it is not tried, the token server at that address included", async () => {
    const here = await place();
    await save(here);
    await here.gateway.close();
    const found = failing(await here.check());
    expect(found.map(({ level, check }) => [level, check])).toEqual([
      ["fail", "gateway"],
      ["skip", "gateway"],
      ["skip", "gateway"],
      ["skip", "token"],
    ]);
    const unreadable = failing(await here.check({ STRIKE48_URL: "grpc://a b" })).filter(
      ({ check }) => check === "settings" || check === "gateway",
    );
    expect(unreadable.map(({ level, what }) => [level, what])).toEqual([
      ["fail", expect.any(String)],
      ["skip", expect.stringContaining("needs an address of the gateway")],
    ]);
    // An API elsewhere is asked, whatever the gateway does.
    const elsewhere = await here.check({ STRIKE48_API_URL: "http://127.0.0.1:1" });
    expect(elsewhere).toContainEqual(
      expect.objectContaining({ level: "fail", what: expect.stringContaining("http://127.0.0.1:1") }),
    );
  });

  it("finds that the peer closes without a word, as one does that wants TLS", async () => {
    const here = await place();
    const closing = createTcpServer((socket) => socket.on("error", () => {}).on("data", () => socket.end()));
    closing.listen(0, "127.0.0.1");
    await once(closing, "listening");
    onTestFinished(() => void closing.close());
    const address = closing.address();
    if (address === null || typeof address === "string") throw new Error("It listens on TCP.");
    const found = await here.check({ STRIKE48_URL: `grpc://127.0.0.1:${address.port}` });
    expect(failing(found)[0]).toMatchObject({ level: "fail", fix: expect.stringContaining("grpcs://") });
  });

  it("finds clocks that differ: a little, and too much", async () => {
    const here = await place();
    const ahead = await here.check({}, () => Date.now() + 10_000);
    expect(failing(ahead)).toMatchObject([
      { check: "clock", level: "warn", what: expect.stringContaining("ahead of") },
    ]);
    const behind = await here.check({}, () => Date.now() - 600_000);
    expect(failing(behind)).toMatchObject([
      { check: "clock", level: "fail", what: expect.stringMatching(/(599|600) s behind/) },
    ]);
  });

  it.each([2, -2])(
    "blames the clock %i days off, and no credentials, when the client is refused",
    async (days) => {
      const here = await place();
      const { clientId, credentials } = await save(here);
      here.gateway.revokeClient(clientId);
      const found = await here.check({}, () => Date.now() + days * 86_400_000);
      const tokens = found.filter(({ check }) => check === "token");
      expect(tokens).toMatchObject([{ level: "fail", what: expect.stringContaining("the clocks differ") }]);
      expect(tokens[0]?.fix).toMatch(/Z here, \d{4}.*Z there/);
      expect(JSON.stringify(tokens)).not.toContain(`move ${credentials}`);
    },
  );

  it.skipIf(process.platform === "win32")("finds files and folders that others can read", async () => {
    const here = await place();
    const { key, credentials } = await save(here);
    await chmod(key, 0o644);
    await chmod(credentials, 0o640);
    await chmod(join(here.home, ".strike48", "keys"), 0o755);
    const found = failing(await here.check());
    expect(found.map(({ level, fix }) => [level, fix])).toEqual(
      expect.arrayContaining([
        ["warn", `chmod go-rwx ${key}`],
        ["warn", `chmod go-rwx ${credentials}`],
        ["warn", `chmod go-rwx ${join(here.home, ".strike48", "keys")}`],
      ]),
    );
    expect(found).toHaveLength(3);
  });

  it.skipIf(process.platform === "win32")(
    "leaves a mounted key to the group of its volume, and finds that everybody can read it",
    async () => {
      const here = await place();
      const { clientId, key } = await save(here);
      const mounted = join(here.home, "tls.key");
      await copyFile(key, mounted);
      const env = {
        STRIKE48_PRIVATE_KEY_PATH: mounted,
        STRIKE48_CLIENT_ID: clientId,
        STRIKE48_AUTH_URL: here.gateway.realmUrl,
        TENANT_ID: "t",
      };
      await chmod(mounted, 0o440);
      expect(failing(await here.check(env))).toEqual([]);
      await chmod(mounted, 0o444);
      expect(failing(await here.check(env))).toEqual([
        {
          level: "warn",
          check: "files",
          what: `others have rights to ${mounted} (mode 444)`,
          fix: "mount it with mode 0440, by defaultMode for example",
        },
      ]);
    },
  );

  it("finds damaged credentials, a missing key, a broken key and a key of a kind that cannot sign", async () => {
    const here = await place();
    const damaged = await save(here, "damaged");
    await writeFile(damaged.credentials, "{ not json");
    const keyless = await save(here, "keyless");
    await rm(keyless.key);
    const broken = await save(here, "broken");
    await writeFile(broken.key, "-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n");
    const odd = await save(here, "odd");
    await writeFile(odd.key, privatePem(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey));
    const found = failing(await here.check());
    expect(found.map(({ level }) => level)).toEqual(["fail", "fail", "fail", "fail"]);
    expect(found.map(({ what }) => what).sort()).toEqual([
      expect.stringContaining(`${damaged.credentials} cannot be read`),
      expect.stringContaining(`${broken.key}: The private key is damaged`),
      expect.stringContaining(`${odd.key}: This is an EC key on the curve secp256k1`),
      expect.stringContaining(`the key ${keyless.key} does not exist`),
    ]);
    expect(JSON.stringify(found)).not.toContain("planted");
  });

  it.each([
    ["a revoked client", "revoke", "refuses the client"],
    ["a token server in trouble", "fault", "no token for"],
    ["a realm that is not https", "realm", "neither https nor on loopback"],
    ["a token server that is gone", "gone", "cannot be reached"],
  ] as const)("finds %s", async (_name, how, words) => {
    const here = await place();
    const { clientId, credentials } = await save(here);
    if (how === "revoke") here.gateway.revokeClient(clientId);
    if (how === "fault") here.gateway.fault({ tokenServerError: 1 });
    const elsewhere = { realm: "http://kc.example/realms/x", gone: "http://127.0.0.1:1/realms/x" };
    if (how === "realm" || how === "gone")
      await writeFile(
        credentials,
        JSON.stringify({ client_id: clientId, keycloak_url: elsewhere[how], tenant_id: "t" }),
      );
    const findings = await here.check();
    expect(failing(findings)).toMatchObject([
      { check: "token", level: "fail", what: expect.stringContaining(words), fix: expect.any(String) },
    ]);
  });
});

describe.skipIf(process.platform === "win32").each<[string, (path: string) => unknown]>([
  ["a folder", (path) => mkdir(path)],
  ["a link to nothing", (path) => symlink(`${path}.nowhere`, path)],
  ["a link to itself", (path) => symlink(path, path)],
  ["a pipe", (path) => execFileSync("mkfifo", [path])],
  ["a device", (path) => symlink("/dev/zero", path)],
])("%s", (_what, make) => {
  it.each([
    "keys/t.calc.two.pem",
    "keys/t.calc.two.pem.new",
    "keys/t.calc.two.lock",
    "credentials/t.calc.two.json",
    "sign-in/gateway.json",
  ])("in the place of %s is found, with its name and what to do", async (name) => {
    const here = await place();
    await save(here);
    await mkdir(join(here.home, ".strike48/sign-in"), { mode: 0o700 });
    const path = join(here.home, ".strike48", name);
    await make(path);
    const found = failing(await here.check()).filter(({ level }) => level === "fail");
    // Each of what may be said twice of a file names it.
    const named = {
      level: "fail",
      check: "files",
      what: expect.stringContaining(path),
      fix: expect.any(String),
    };
    expect(found).toEqual(found.map(() => named));
    expect(found).not.toHaveLength(0);
  });
});

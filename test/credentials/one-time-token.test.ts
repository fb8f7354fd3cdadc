import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  findOneTimeToken,
  parseOneTimeToken,
  reasonAgainst,
  wellKnownTokenPaths,
} from "../../src/credentials/one-time-token.js";
import { Secret } from "../../src/secret.js";
import { identity, temporaryFolder } from "./platform.js";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const full = {
  token: "t-1",
  matrix_url: "https://studio.example.com",
  keycloak_url: "https://kc.example.com",
  expires_at: "2030-01-01T00:00:00Z",
  connector_type: "calc",
  tenant_id: "acme",
};
const parsed = {
  token: new Secret("t-1"),
  apiUrl: "https://studio.example.com",
  expiresAt: "2030-01-01T00:00:00Z",
  connectorType: "calc",
  tenantId: "acme",
};

describe("a one-time token's text", () => {
  it.each([
    ["[A16 #32] a bare string", "ott-abc", { token: new Secret("ott-abc") }],
    ["[W-9] with white space around it", "  ott-abc\n", { token: new Secret("ott-abc") }],
    ["[A16 #33] JSON", '{"token":"t-1"}', { token: new Secret("t-1") }],
    ["[A16 #34] [A16 #40] JSON with all members, as a server writes it", JSON.stringify(full), parsed],
    ["[A16 #35] base64 of JSON", base64(JSON.stringify(full)), parsed],
    [
      "[A16 #38] JSON with nulls and unknown members",
      '{"token":"t-1","tenant_id":null,"x":1}',
      { token: new Secret("t-1") },
    ],
    ["base64 that is no JSON: the token itself", base64("hello"), { token: new Secret(base64("hello")) }],
    [
      "base64 of JSON without a token: the token itself",
      base64('{"a":1}'),
      { token: new Secret(base64('{"a":1}')) },
    ],
    [
      "an end in seconds",
      '{"token":"t-1","expires_at":1900000000}',
      { token: new Secret("t-1"), expiresAt: "1900000000" },
    ],
    ["[A16 #36] [W-9] nothing: no token at all, where others take an empty one", "", undefined],
    ["[A16 #37] JSON without a token", '{"matrix_url":"https://x.example"}', undefined],
    ["JSON with an empty token", '{"token":" "}', undefined],
    ["broken JSON", '{"token":', undefined],
  ])("%s", (_, text, token) => {
    expect(parseOneTimeToken(new Secret(text))).toEqual(token);
  });
});

describe("[W-22] a one-time token is checked before it is used", () => {
  const now = Date.parse("2029-06-01T00:00:00Z");
  it.each([
    ["nothing against it", parsed, undefined],
    ["expired by date", { ...parsed, expiresAt: "2029-05-31T23:59:59Z" }, "it has expired"],
    ["expired by seconds", { ...parsed, expiresAt: String(now / 1000) }, "it has expired"],
    ["expired by milliseconds", { ...parsed, expiresAt: String(now) }, "it has expired"],
    ["a date that nobody can read: for the server to judge", { ...parsed, expiresAt: "soon" }, undefined],
    ["another type", { ...parsed, connectorType: "echo" }, "it is for another connector type"],
    ["another tenant", { ...parsed, tenantId: "other" }, "it is for another tenant"],
    ["bound to nothing", { token: new Secret("t") }, undefined],
  ])("%s", (_, token, reason) => {
    expect(reasonAgainst(token, identity, now)).toBe(reason);
  });

  it("compares identifiers as they travel", () => {
    const dotted = { token: new Secret("t"), connectorType: "a.b", tenantId: "c:d" };
    const sanitized = { tenantId: "c-d", connectorType: "a-b", instanceId: "i" };
    expect(reasonAgainst(dotted, sanitized, now)).toBeUndefined();
  });
});

describe("where one-time tokens are", () => {
  const anything = () => undefined;

  it("the variable, then the file it names, then the well-known ones", async () => {
    const folder = await temporaryFolder();
    const paths = ["named", "first", "second"].map((name) => join(folder, name));
    const [named = "", first = "", second = ""] = paths;
    await Promise.all(paths.map((path) => writeFile(path, `token-of-${path}\n`)));
    const env = { STRIKE48_REGISTRATION_TOKEN: "inline", STRIKE48_REGISTRATION_TOKEN_FILE: named };
    const from = async (given: typeof env | object, wellKnown: string[]) =>
      (await findOneTimeToken(given as Record<string, string>, wellKnown, anything)).token?.from;
    expect(await from(env, [first, second])).toBe("STRIKE48_REGISTRATION_TOKEN");
    expect(await from({ ...env, STRIKE48_REGISTRATION_TOKEN: " " }, [first])).toBe(
      `${named} (STRIKE48_REGISTRATION_TOKEN_FILE)`,
    );
    expect(await from({}, [join(folder, "missing"), second])).toBe(second);
    expect(await from({}, [])).toBeUndefined();
  });

  it("[W-9] what does not serve is told, without its text, and does not hide the next", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "a-folder"));
    await writeFile(join(folder, "good"), "good");
    await writeFile(join(folder, "empty"), "\n");
    const env = {
      STRIKE48_REGISTRATION_TOKEN: '{"planted-secret',
      STRIKE48_REGISTRATION_TOKEN_FILE: join(folder, "missing"),
    };
    const places = ["a-folder", "empty", "good"].map((name) => join(folder, name));
    const { token, unusable } = await findOneTimeToken(env, places, anything);
    expect(token).toEqual({ token: new Secret("good"), from: join(folder, "good") });
    expect(unusable).toEqual([
      { from: "STRIKE48_REGISTRATION_TOKEN", why: "it is no one-time token (broken JSON)" },
      {
        from: `${join(folder, "missing")} (STRIKE48_REGISTRATION_TOKEN_FILE)`,
        why: "it cannot be read (ENOENT)",
      },
      { from: join(folder, "a-folder"), why: "it cannot be read (EISDIR)" },
      { from: join(folder, "empty"), why: "it is empty" },
    ]);
  });

  it("the well-known files are those of the protocol", () => {
    expect(wellKnownTokenPaths({ HOME: "/home/a" })).toEqual([
      "/var/run/secrets/matrix/registration-token",
      "/home/a/.matrix/registration-token",
    ]);
  });
});

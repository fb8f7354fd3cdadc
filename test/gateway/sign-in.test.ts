import { createHash, randomBytes } from "node:crypto";
import type { Gateway } from "mooring/gateway";
import { describe, expect, it } from "vitest";
import { Browser, type Page } from "../sign-in/browser.js";
import { gatewayFor } from "./rig.js";

const redirectUri = "http://127.0.0.1:45678/callback";
const verifier = randomBytes(48).toString("base64url");

function authorizeUrl(gateway: Gateway, more: Record<string, string | undefined> = {}): URL {
  const { signIn } = gateway;
  const url = new URL(signIn.authorization_endpoint);
  const parameters = {
    response_type: "code",
    client_id: signIn.client_id,
    redirect_uri: redirectUri,
    scope: signIn.scopes.join(" "),
    prompt: "consent",
    state: "state-1",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...more,
  };
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

async function post(url: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(fields), headers });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}

const redeem = (gateway: Gateway, code: string, more: Record<string, string> = {}) =>
  post(gateway.signIn.token_endpoint, {
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    client_id: gateway.signIn.client_id,
    code_verifier: verifier,
    ...more,
  });

const refresh = (gateway: Gateway, token: string) =>
  post(gateway.signIn.token_endpoint, {
    grant_type: "refresh_token",
    refresh_token: token,
    client_id: gateway.signIn.client_id,
  });

async function asked(options: Parameters<typeof gatewayFor>[0] = {}, more: Record<string, string> = {}) {
  const gateway = await gatewayFor(options);
  const browser = new Browser();
  const page = await browser.open(authorizeUrl(gateway, more));
  const decide = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    browser.submit(page, fields, { stopAt: redirectUri, headers });
  return { gateway, browser, page, decide };
}

const answerOf = (page: Page) => Object.fromEntries(page.url.searchParams);

describe("signing in at the gateway", () => {
  it("asks for consent on a page without scripts, and gives a code that PKCE turns into tokens once", async () => {
    const { gateway, page, decide } = await asked();
    expect(page.status).toBe(200);
    expect(page.html).toContain("127.0.0.1:45678");
    expect(page.html).not.toContain("<script");
    expect(page.headers).toMatchObject({
      "x-frame-options": "DENY",
      "cache-control": "no-store",
      "content-security-policy": expect.stringMatching(
        /^default-src 'none';.*frame-ancestors 'none'; form-action 'self' http:\/\/127.0.0.1:45678$/,
      ),
    });
    const answer = answerOf(await decide({ account: "ada", decision: "allow" }));
    expect(answer).toEqual({ code: expect.any(String), state: "state-1", iss: gateway.realmUrl });
    const code = answer.code ?? "";
    const { status, body } = await redeem(gateway, code);
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        id_token: expect.any(String),
        token_type: "Bearer",
      }),
    ]);
    const info = await fetch(gateway.signIn.userinfo_endpoint, {
      headers: { authorization: `Bearer ${body.access_token}` },
    });
    expect(await info.json()).toEqual({ sub: "ada", preferred_username: "ada" });
    expect(await redeem(gateway, code)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  it("refuses a code without its verifier", async () => {
    const { gateway, decide } = await asked();
    const { code = "" } = answerOf(await decide({ account: "ada", decision: "allow" }));
    expect(await redeem(gateway, code, { code_verifier: "b".repeat(64) })).toMatchObject({
      status: 400,
      body: { error: "invalid_grant" },
    });
  });

  it("says access_denied when the person denies", async () => {
    const { decide } = await asked();
    expect(answerOf(await decide({ decision: "deny" }))).toMatchObject({
      error: "access_denied",
      state: "state-1",
    });
  });

  it.each([
    ["a redirect to another host", { redirect_uri: "https://evil.example/callback" }],
    ["a redirect to another path", { redirect_uri: "http://127.0.0.1:45678/other" }],
    ["an unknown client", { client_id: "somebody" }],
  ])("refuses %s on a page of its own, without a redirect", async (_name, more) => {
    const { page } = await asked({}, more);
    expect([page.status, page.headers.location]).toEqual([400, undefined]);
    expect(page.html).not.toContain("evil.example");
    expect(page.html).not.toContain("fonts.googleapis");
  });

  it.each([
    ["without PKCE", { code_challenge: undefined, code_challenge_method: undefined }],
    ["with a plain PKCE challenge", { code_challenge_method: "plain" }],
  ])("refuses a request %s", async (_name, more) => {
    const gateway = await gatewayFor();
    const page = await new Browser().open(authorizeUrl(gateway, more), redirectUri);
    expect(answerOf(page)).toMatchObject({ error: "invalid_request", state: "state-1" });
  });

  it("takes a decision from its own page in the same browser only", async () => {
    const { browser, page, decide } = await asked();
    const allow = { account: "ada", decision: "allow" };
    expect((await decide({ ...allow, csrf: "guessed" })).status).toBe(403);
    expect((await decide(allow, { origin: "https://evil.example" })).status).toBe(403);
    expect((await decide({ ...allow, filler: "x".repeat(9_000) })).status).toBe(403);
    expect((await new Browser().submit(page, allow)).status).toBe(400);
    expect((await new Browser().open(page.url)).status).toBe(400);
    expect(answerOf(await browser.submit(page, allow, { stopAt: redirectUri }))).toHaveProperty("code");
  });

  it("asks again after a name that cannot be, and for the administrators' token where there is one", async () => {
    const { decide } = await asked({ adminToken: "only-for-admins" });
    const named = await decide({ account: "<b>", decision: "allow", admin_token: "only-for-admins" });
    expect([named.status, named.html.includes("A user name takes")]).toEqual([422, true]);
    const guessed = await decide({ account: "ada", decision: "allow", admin_token: "guess" });
    expect([guessed.status, guessed.html.includes("only-for-admins")]).toEqual([422, false]);
    expect(
      answerOf(await decide({ account: "ada", decision: "allow", admin_token: "only-for-admins" })),
    ).toHaveProperty("code");
  });

  it.each([
    ["another state", { signInWrongState: 1 }, { state: expect.not.stringMatching(/^state-1$/) }],
    ["another issuer", { signInWrongIssuer: 1 }, { iss: "https://elsewhere.example", state: "state-1" }],
    ["an error", { signInError: "server_error" }, { error: "server_error", state: "state-1" }],
    ["no code", { signInWithoutCode: 1 }, { state: "state-1" }],
  ])("plays the fault: it sends back %s", async (_name, fault, expected) => {
    const { gateway, decide } = await asked();
    gateway.fault(fault);
    const answer = answerOf(await decide({ account: "ada", decision: "allow" }));
    expect(answer).toMatchObject(expected);
    if (_name === "no code" || _name === "an error") expect(answer).not.toHaveProperty("code");
  });

  it("refreshes with a new refresh token, or without one, and revokes", async () => {
    const { gateway, decide } = await asked();
    const { code = "" } = answerOf(await decide({ account: "ada", decision: "allow" }));
    const { body } = await redeem(gateway, code);
    const second = await refresh(gateway, body.refresh_token);
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(body.refresh_token);
    gateway.fault({ rotateRefreshTokens: false });
    const third = await refresh(gateway, second.body.refresh_token);
    expect([third.status, third.body.refresh_token ?? second.body.refresh_token]).toEqual([
      200,
      second.body.refresh_token,
    ]);
    const { signIn } = gateway;
    const revoked = await post(signIn.revocation_endpoint, {
      token: second.body.refresh_token,
      client_id: signIn.client_id,
    });
    expect(revoked.status).toBe(200);
    expect(await refresh(gateway, second.body.refresh_token)).toMatchObject({
      status: 400,
      body: { error: "invalid_grant" },
    });
  });

  it("ends everything when a refresh token is used twice", async () => {
    const { gateway, decide } = await asked();
    const { code = "" } = answerOf(await decide({ account: "ada", decision: "allow" }));
    const { body } = await redeem(gateway, code);
    const second = await refresh(gateway, body.refresh_token);
    expect((await refresh(gateway, body.refresh_token)).status).toBe(400);
    expect((await refresh(gateway, second.body.refresh_token)).status).toBe(400);
  });

  it("signs out at the end of the session, so that the next sign-in asks who it is", async () => {
    const { gateway, browser, decide } = await asked();
    await decide({ account: "ada", decision: "allow" });
    const again = await browser.open(authorizeUrl(gateway));
    expect(again.html).toContain("signed in as <strong>ada</strong>");
    const question = await browser.open(gateway.signIn.end_session_endpoint);
    expect(question.html).not.toContain("fonts.googleapis");
    const done = await browser.submit(question, { logout: "yes" });
    expect(done.html).toContain("Signed out");
    expect((await browser.open(authorizeUrl(gateway))).html).toContain('name="account"');
  });

  it("says where people sign in, on the API and in its own words", async () => {
    const gateway = await gatewayFor();
    const response = await fetch(`${gateway.httpUrl}/api/oidc-config`);
    expect(await response.json()).toEqual(gateway.signIn);
    expect(gateway.signIn).toMatchObject({ issuer: gateway.realmUrl, client_id: "mooring-cli" });
  });
});

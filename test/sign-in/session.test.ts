import { once } from "node:events";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { signOut, TokenFile, whoAmI } from "../../src/sign-in/index.js";
import { fetchOidcConfig } from "../../src/sign-in/oidc-config.js";
import { freshSignIn } from "../../src/sign-in/session.js";
import { allow, folder, httpClient, type SignInRig, signInRig } from "./rig.js";

async function signedIn(): Promise<SignInRig & { readonly later: () => number }> {
  const rig = await signInRig();
  await rig.signIn(allow);
  return { ...rig, later: () => Date.now() + 290_000 };
}

describe("a saved sign-in", () => {
  it("is used as it is while its token lasts, and says who it is", async () => {
    const { file, http, gateway } = await signedIn();
    const before = await file.read();
    expect(await freshSignIn({ file, http })).toEqual(before);
    expect(await whoAmI({ file, http })).toEqual({
      subject: "ada",
      gatewayUrl: gateway.httpUrl,
      issuer: gateway.realmUrl,
      accessTokenExpiresAt: before?.tokens.expiresAt,
      renewable: true,
    });
  });

  it("[A14 OIDC] is renewed near its end, and keeps the new refresh token", async () => {
    const { file, http, later } = await signedIn();
    const before = await file.read();
    const renewed = await freshSignIn({ file, http, now: later });
    expect(renewed.tokens.accessToken).not.toEqual(before?.tokens.accessToken);
    expect(renewed.tokens.refreshToken).not.toEqual(before?.tokens.refreshToken);
    expect(await file.read()).toEqual(renewed);
  });

  it("[A14 OIDC] keeps the old refresh token when the server gives no new one", async () => {
    const { file, http, gateway, later } = await signedIn();
    gateway.fault({ rotateRefreshTokens: false });
    const before = await file.read();
    const renewed = await freshSignIn({ file, http, now: later });
    expect(renewed.tokens.refreshToken).toEqual(before?.tokens.refreshToken);
    expect(renewed.tokens.accessToken).not.toEqual(before?.tokens.accessToken);
  });

  it("asks for a new sign-in when the server refuses to renew it, and only then", async () => {
    const { file, http, gateway, later } = await signedIn();
    gateway.fault({ tokenServerError: 1 });
    await expect(freshSignIn({ file, http, now: later })).rejects.toMatchObject({ code: "UNREACHABLE" });
    gateway.fault({ tokenUnauthorized: 1 });
    await expect(freshSignIn({ file, http, now: later })).rejects.toMatchObject({
      code: "SIGNED_OUT",
      message: expect.stringContaining('Run "mooring login" again.'),
    });
    expect((await freshSignIn({ file, http, now: later })).subject).toBe("ada");
  });

  it("says that the gateway is gone, and that nobody is signed in", async () => {
    const { file, http, gateway } = await signedIn();
    await gateway.close();
    await expect(whoAmI({ file, http })).rejects.toMatchObject({ code: "UNREACHABLE" });
    const empty = new TokenFile(gateway.httpUrl, await folder());
    await expect(whoAmI({ file: empty, http })).rejects.toMatchObject({ code: "SIGNED_OUT" });
  });

  it("is revoked and deleted at the sign-out, and counts no more", async () => {
    const { file, http, later } = await signedIn();
    const before = await file.read();
    expect(await signOut({ file, http })).toEqual({ wasSignedIn: true, revocation: "done" });
    expect(await file.read()).toBeUndefined();
    if (!before) throw new Error("There was a sign-in.");
    await file.write(before);
    await expect(whoAmI({ file, http })).rejects.toMatchObject({ code: "SIGNED_OUT" });
    await expect(freshSignIn({ file, http, now: later })).rejects.toMatchObject({ code: "SIGNED_OUT" });
    await file.delete();
    expect(await signOut({ file, http })).toEqual({ wasSignedIn: false, revocation: "not offered" });
  });

  it("is deleted also when the server is gone, or offers no revocation, or the file is damaged", async () => {
    const { file, http, gateway } = await signedIn();
    const before = await file.read();
    if (!before) throw new Error("There was a sign-in.");
    await file.write({ ...before, config: { ...before.config, revocationEndpoint: undefined } });
    expect(await signOut({ file, http })).toEqual({ wasSignedIn: true, revocation: "not offered" });
    await file.write(before);
    await gateway.close();
    expect(await signOut({ file, http })).toEqual({ wasSignedIn: true, revocation: "failed" });
    await file.write(before);
    await writeFile(file.path, "{ not json");
    expect(await signOut({ file, http })).toEqual({ wasSignedIn: true, revocation: "not offered" });
    expect(await file.read()).toBeUndefined();
  });

  it("is one per gateway, and refused when the file is damaged or of another gateway", async () => {
    const { file, http, directory, gateway } = await signedIn();
    const other = new TokenFile("https://studio.example.com", directory);
    expect(other.path).not.toBe(file.path);
    expect(await other.read()).toBeUndefined();
    await writeFile(other.path, await readFile(file.path, "utf8"), { mode: 0o600 });
    await expect(other.read()).rejects.toMatchObject({ code: "STORE" });
    await writeFile(file.path, "{}");
    await expect(whoAmI({ file, http })).rejects.toMatchObject({
      code: "STORE",
      message: expect.stringContaining("mooring login"),
    });
    expect(gateway.httpUrl).toContain("127.0.0.1");
  });

  it("warns about a file that others can read", async () => {
    const { file, directory, gateway } = await signedIn();
    await chmod(file.path, 0o644);
    const warnings: unknown[] = [];
    const note = (...said: unknown[]) => void warnings.push(said);
    const quiet = () => {};
    const logger = { trace: quiet, debug: quiet, info: quiet, warn: note, error: note, fatal: note };
    await new TokenFile(gateway.httpUrl, directory, { ...logger, child: () => logger } as never).read();
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings)).toContain(file.path);
  });
});

describe("the gateway's answer about sign-in", () => {
  it.each([
    ["no sign-in", 404, "{}", "CONFIG", "offers no interactive sign-in"],
    ["trouble", 500, "{}", "CONFIG", "answered with status 500"],
    ["something else than JSON", 200, "<html>planted", "CONFIG", "something else than JSON"],
    ["a list", 200, "[]", "CONFIG", "missing required field"],
    ["a redirect", 302, "", "CONFIG", "answered with status 302"],
  ])("is refused: %s", async (_name, status, body, code, words) => {
    const server = createServer((_request, response) => {
      response.writeHead(status, { location: "http://127.0.0.1:1/" }).end(body);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close().closeAllConnections());
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("It listens on TCP.");
    const asking = fetchOidcConfig(`http://127.0.0.1:${address.port}`, httpClient());
    await expect(asking).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    await expect(asking).rejects.not.toMatchObject({ message: expect.stringContaining("planted") });
  });

  it("is missing when the gateway is gone", async () => {
    const rig = await signInRig();
    await rig.gateway.close();
    await expect(fetchOidcConfig(rig.gateway.httpUrl, rig.http)).rejects.toMatchObject({
      code: "UNREACHABLE",
    });
  });
});

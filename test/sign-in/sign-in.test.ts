import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { startTestProxy } from "mooring/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { HttpClient } from "../../src/credentials/http.js";
import { Secret } from "../../src/secret.js";
import { createHttpClient, httpWays, whoAmI } from "../../src/sign-in/index.js";
import { authority } from "../support/certificates.js";
import { Browser, type Page } from "./browser.js";
import { allow, deny, gated, signInRig, stateOf, wayBack } from "./rig.js";

describe("an interactive sign-in", () => {
  it("[C14 #37 #94] [A14 PKCE] follows the gateway's pages, answers the browser last, and keeps the tokens for the owner only", async () => {
    const rig = await signInRig();
    let last: Page | undefined;
    const saved = await rig.signIn(async (url, browser) => {
      const asked = new URL(url).searchParams;
      expect(Object.fromEntries(asked)).toMatchObject({
        response_type: "code",
        code_challenge_method: "S256",
        redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
        nonce: expect.any(String),
      });
      last = await allow(url, browser);
      // Whoever sees the answer finds the sign-in complete.
      expect(await rig.file.read()).toMatchObject({ subject: "ada" });
    });
    expect([last?.status, last?.html.includes("Signed in")]).toEqual([200, true]);
    expect(saved).toMatchObject({ subject: "ada", gatewayUrl: rig.gateway.httpUrl });
    expect(saved.tokens.refreshToken).toBeInstanceOf(Secret);
    const modes = [rig.file.path, dirname(rig.file.path)].map(
      async (path) => (await stat(path)).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o600, 0o700]);
  });

  it("leads its calls through a proxy that wants a password, and names it when that has changed", async () => {
    const rig = await signInRig();
    const proxy = await startTestProxy({ user: "alice", password: "planted-secret" });
    onTestFinished(() => proxy.close());
    const ways = httpWays({ HTTPS_PROXY: proxy.url });
    const http = createHttpClient({ timeoutMs: 60_000, ways });
    onTestFinished(() => http.close());
    const saved = await rig.signIn(allow, { http });
    expect(saved).toMatchObject({ subject: "ada" });
    // What it asks for, the tokens, and who signed in.
    expect(proxy.asked.length).toBeGreaterThanOrEqual(2);
    const late = rig.signIn(
      async (url, browser) => {
        proxy.setPassword("another");
        return allow(url, browser);
      },
      { http },
    );
    await expect(late).rejects.toThrow(/token server cannot be reached.*returned 407.*in HTTPS_PROXY/);
  });

  it("[W-24] turns visits away that do not belong to it, and goes on waiting", async () => {
    const rig = await signInRig();
    const saved = await rig.signIn(async (url, browser) => {
      const stranger = new Browser();
      const status = async (target: URL) => (await stranger.open(target)).status;
      expect(await status(new URL("/favicon.ico", wayBack(url, {})))).toBe(404);
      expect(await status(wayBack(url, {}))).toBe(400);
      expect(await status(wayBack(url, { code: "x", state: "guessed" }))).toBe(400);
      expect(await status(wayBack(url, { error: "access_denied", state: "guessed" }))).toBe(400);
      const twice = wayBack(url, { code: "x", state: stateOf(url) });
      twice.searchParams.append("state", stateOf(url));
      expect(await status(twice)).toBe(400);
      const renamed = wayBack(url, { code: "x", state: stateOf(url) });
      renamed.hostname = "localhost";
      expect(await status(renamed)).toBe(400);
      await allow(url, browser);
    });
    expect(saved.subject).toBe("ada");
  });

  it("[W-24] does not take a second answer", async () => {
    const rig = await signInRig();
    let second: number | undefined;
    const gate = gated(rig.http);
    const saved = await rig.signIn(
      async (url, browser) => {
        const first = allow(url, browser);
        await gate.asked;
        second = (await new Browser().open(wayBack(url, { code: "other", state: stateOf(url) }))).status;
        gate.release();
        expect((await first).status).toBe(200);
      },
      { http: gate.http },
    );
    expect([second, saved.subject]).toEqual([409, "ada"]);
  });

  it("[W-24] says that the person denied, and shows the browser so", async () => {
    const rig = await signInRig();
    let last: Page | undefined;
    const signingIn = rig.signIn(async (url, browser) => {
      last = await deny(url, browser);
    });
    await expect(signingIn).rejects.toMatchObject({
      code: "DENIED",
      message: "The sign-in was refused (access_denied).",
    });
    expect([last?.status, last?.html.includes("Not signed in")]).toEqual([400, true]);
    expect(await rig.file.read()).toBeUndefined();
  });

  it.each([
    ["another issuer", { signInWrongIssuer: 1 }, "UNTRUSTED", "another server"],
    ["no code", { signInWithoutCode: 1 }, "UNTRUSTED", "without a code"],
    ["an error of the server", { signInError: "server_error" }, "DENIED", "(server_error)"],
    ["an error that nobody knows", { signInError: "<b>planted" }, "DENIED", "(an unknown error)"],
    ["a token server that refuses", { tokenUnauthorized: 1 }, "DENIED", "(invalid_client)"],
    ["a token server in trouble", { tokenServerError: 1 }, "UNREACHABLE", "answered with status 503"],
    ["a busy token server", { tokenTooMany: 1 }, "UNREACHABLE", "answered with status 429"],
    ["broken JSON", { tokenMalformed: 1 }, "UNTRUSTED", "failed its checks"],
    [
      "a redirect of the token call",
      { tokenRedirect: "http://127.0.0.1:1/" },
      "UNTRUSTED",
      "failed its checks",
    ],
  ])("[A14 OIDC] fails with %s, keeps nothing and says why", async (_name, fault, code, words) => {
    const rig = await signInRig();
    rig.gateway.fault(fault);
    let last: Page | undefined;
    const signingIn = rig.signIn(async (url, browser) => {
      last = await allow(url, browser);
    });
    await expect(signingIn).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(last?.status).toBe(400);
    expect(last?.html).not.toContain("planted");
    expect(await rig.file.read()).toBeUndefined();
  });

  it("[W-24] says that the clocks differ, with both times, when a token of this moment is over for us", async () => {
    const rig = await signInRig();
    const real = Date.now;
    const twoYears = 63_072_000_000;
    const ahead: HttpClient = {
      fetch: async (url, init) => {
        const answer = await rig.http.fetch(url, init);
        // From here on it is our clock that is wrong: the token has been signed.
        if (String(url).endsWith("/token")) vi.spyOn(Date, "now").mockImplementation(() => real() + twoYears);
        return answer;
      },
      close: () => {},
    };
    onTestFinished(() => void vi.restoreAllMocks());
    const failure = await rig
      .signIn(async (url, browser) => void (await allow(url, browser)), { http: ahead })
      .catch((error: unknown) => error);
    vi.restoreAllMocks();
    expect(failure).toMatchObject({ code: "CLOCK_SKEW" });
    const [here, there] = [new Date(real() + twoYears), new Date(real())].map((date) =>
      date.toISOString().slice(0, 10),
    );
    expect(String(failure)).toMatch(
      new RegExp(
        `Our clock is 6307\\d{4} s ahead of the token server's: ${here}\\S+ here, ${there}\\S+ there\\.`,
      ),
    );
    expect(await rig.file.read()).toBeUndefined();
  });

  it("[A14 OIDC] takes an answer with a wrong state for somebody else's", async () => {
    const rig = await signInRig();
    rig.gateway.fault({ signInWrongState: 1 });
    const cancel = new AbortController();
    let last: Page | undefined;
    const signingIn = rig.signIn(
      async (url, browser) => {
        last = await allow(url, browser);
        cancel.abort();
      },
      { signal: cancel.signal },
    );
    await expect(signingIn).rejects.toMatchObject({ code: "TIMEOUT", message: "The sign-in was cancelled." });
    expect([last?.status, last?.html.includes("another sign-in")]).toEqual([400, true]);
  });

  it("gives up when nobody comes back in time", async () => {
    const rig = await signInRig();
    await expect(rig.signIn(async () => {}, { timeoutMs: 50 })).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("goes over TLS, with a browser that speaks HTTP/2", async () => {
    const issuer = await authority();
    const rig = await signInRig({ tls: await issuer.issue("127.0.0.1") }, issuer.ca);
    expect(rig.gateway.realmUrl).toMatch(/^https:/);
    const saved = await rig.signIn(allow);
    expect(saved.subject).toBe("ada");
    expect(await whoAmI({ file: rig.file, http: rig.http })).toMatchObject({ subject: "ada" });
  });

  it("ends at once when it is cancelled, or nobody can be brought to the page", async () => {
    const rig = await signInRig();
    const cancel = new AbortController();
    const cancelled = rig.signIn(async () => cancel.abort(), { signal: cancel.signal });
    await expect(cancelled).rejects.toMatchObject({ code: "TIMEOUT", message: "The sign-in was cancelled." });
    const broken = rig.signIn(async () => {
      throw new Error("no screen");
    });
    await expect(broken).rejects.toThrow("no screen");
  });
});

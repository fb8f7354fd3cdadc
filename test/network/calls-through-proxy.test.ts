/** HTTP calls through a proxy: those of credentials, of the commands, and of the doctor. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, silentLogger } from "mooring";
import { startGateway } from "mooring/gateway";
import { startTestProxy, type TestProxyOptions } from "mooring/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHttpClient } from "../../src/credentials/http.js";
import { runChecks } from "../../src/doctor/index.js";
import { noWork } from "../../src/execution/work-counters.js";
import type { ProxyOption } from "../../src/network/proxy/choose.js";
import { ProxyDialler } from "../../src/network/proxy/dialler.js";
import { reportedFigures } from "../../src/network/proxy/figures.js";
import { metricsReport, RoundTrips } from "../../src/session/metrics-report.js";
import { fetchOidcConfig } from "../../src/sign-in/oidc-config.js";
import { authority } from "../support/certificates.js";
import { echo } from "../support/connectors.js";

const password = "planted-secret-of-calls";
const trust = await authority();
const certificate = await trust.issue("127.0.0.1");
const get = { method: "GET", headers: {}, body: "" };

async function gateway(tls?: typeof certificate) {
  const one = await startGateway({ approval: "automatic", ...(tls ? { tls } : {}) });
  onTestFinished(() => one.close());
  return one;
}

async function proxyWith(options: TestProxyOptions = {}) {
  const proxy = await startTestProxy({ user: "alice", password, ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

function through(option: ProxyOption, more: { timeoutMs?: number } = {}) {
  const ways = new ProxyDialler({ option, env: {}, tls: () => ({ ca: [trust.ca] }), logger: silentLogger });
  const http = createHttpClient({ timeoutMs: 60_000, tls: () => ({ ca: [trust.ca] }), ways, ...more });
  onTestFinished(() => http.close());
  return { http, ways };
}

describe("an HTTP call", () => {
  it.each([
    ["https, by a proxy in the clear", certificate, {}],
    ["https, by a proxy with TLS", certificate, { tls: certificate }],
    ["http, by a proxy in the clear", undefined, {}],
    ["http, by a proxy with TLS", undefined, { tls: certificate }],
  ])("[W-20] goes through it: %s", async (_, tls, options) => {
    const [at, proxy] = [await gateway(tls), await proxyWith(options)];
    const { http, ways } = through(proxy.url);
    const calls = [1, 2, 3].map(() => http.fetch(`${at.httpUrl}/healthz`, get));
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(proxy.asked).toEqual(Array(3).fill(new URL(at.httpUrl).host));
    expect(ways.figures).toMatchObject({ attempts: 3, successes: 3 });
  });

  it("[T12.10 #33 #35] [A16 #94] says why it did not come through, and never with what", async () => {
    const [at, proxy] = [await gateway(), await proxyWith()];
    const call = (url: string, more = {}) => through(url, more).http.fetch(`${at.httpUrl}/healthz`, get);
    await expect(call(proxy.url.replace("alice", "bob"))).rejects.toMatchObject({
      code: "PROXY_AUTH_FAILED",
    });
    await expect(call(proxy.url.replace("alice", "bob"))).rejects.not.toThrow(/planted|bob/);
    proxy.disturb({ status: 503 });
    await expect(call(proxy.url)).rejects.toThrow(/proxy returned status 503/);
    proxy.disturb({ silent: true });
    await expect(call(proxy.url, { timeoutMs: 300 })).rejects.toThrow(/timed out/);
    await proxy.close();
    await expect(call(proxy.url)).rejects.toMatchObject({ code: "PROXY_UNREACHABLE" });
  });

  it("is given up with its client", async () => {
    const [at, proxy] = [await gateway(), await proxyWith()];
    proxy.disturb({ silent: true });
    const { http } = through(proxy.url);
    const call = http.fetch(`${at.httpUrl}/healthz`, get);
    http.close();
    await expect(call).rejects.toMatchObject({ name: "HttpError" });
  });

  it("fails in words when the function proxy throws or returns something else", async () => {
    const at = await gateway();
    const thrown = () => {
      throw new Error("planted-secret in words");
    };
    for (const option of [thrown, () => Promise.resolve("planted-secret") as never])
      await expect(through(option).http.fetch(`${at.httpUrl}/healthz`, get)).rejects.toThrow(
        /INVALID_CONFIG.*The function proxy/,
      );
  });

  it("of a sign-in names the proxy", async () => {
    const [at, proxy] = [await gateway(), await proxyWith()];
    proxy.disturb({ status: 403 });
    await expect(fetchOidcConfig(at.httpUrl, through(proxy.url).http)).rejects.toThrow(
      /cannot be reached through the proxy on the way.*status 403/,
    );
    proxy.disturb({});
    expect((await fetchOidcConfig(at.httpUrl, through(proxy.url).http)).clientId).not.toBe("");
  });
});

describe("the doctor", () => {
  async function place() {
    const [at, proxy] = [await gateway(certificate), await proxyWith()];
    const home = await mkdtemp(join(tmpdir(), "mooring-proxy-doctor-"));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    const ca = join(home, "ca.pem");
    await writeFile(ca, trust.ca);
    const env = { HOME: home, MATRIX_TLS_CA_CERT: ca, STRIKE48_URL: at.url };
    const check = async (more: Record<string, string>) =>
      (await runChecks({ env: { ...env, ...more } })).filter((one) => one.check === "gateway");
    return { at, proxy, check };
  }

  it("looks at the proxy, and at everything behind it through it", async () => {
    const { at, proxy, check } = await place();
    const found = await check({ HTTPS_PROXY: proxy.url });
    // The certificate ends tomorrow.
    expect(found.map(({ level }) => level)).toEqual(["ok", "warn", "ok", "ok", "ok"]);
    const { host } = new URL(at.httpUrl);
    expect(found[0]?.what).toBe(`the proxy 127.0.0.1:${proxy.port} (HTTPS_PROXY) opens a way to ${host}`);
    // The proxy itself, TLS, gRPC, and two questions to the API.
    expect(proxy.asked).toEqual(Array(5).fill(host));
  });

  it("[A16 #91] goes past it where NO_PROXY says so", async () => {
    const { proxy, check } = await place();
    const found = await check({ https_proxy: proxy.url, NO_PROXY: "127.0.0.0/8" });
    expect(found.map(({ level }) => level)).toEqual(["ok", "warn", "ok", "ok", "ok"]);
    expect(found[0]?.what).toMatch(/^TCP to /);
    expect(proxy.asked).toEqual([]);
  });

  it("says what to mend, and tries nothing behind a proxy that does not open", async () => {
    const { proxy, check } = await place();
    const [first, ...behind] = await check({ HTTPS_PROXY: proxy.url.replace("alice", "bob") });
    expect(first).toMatchObject({ level: "fail", fix: expect.stringMatching(/^Mend those in HTTPS_PROXY/) });
    expect(first?.what).toMatch(/^the proxy on the way to .* does not open \(PROXY_AUTH_FAILED\)/);
    expect(behind.map(({ level }) => level)).toEqual(["skip", "skip"]);
    const [unusable] = await check({ STUDIO_PROXY: "socks5://bob:planted-secret@host" });
    expect(unusable).toMatchObject({ level: "fail", what: expect.stringContaining("INVALID_CONFIG") });
  });
});

describe("the option proxy", () => {
  const at = (options: object) => () => createRuntime({ env: {}, ...options });

  it.each([
    [{ proxy: "socks5://u:planted-secret@p" }, /^proxy names a proxy of the kind socks5:.*Write http:/],
    [{ proxy: "" }, /^proxy is no address of a proxy/],
    [{ proxy: 1 }, /^proxy must be the address of a proxy, false, or a function/],
    [{ env: { STUDIO_PROXY: "ftp://p" } }, /^STUDIO_PROXY names a proxy of the kind ftp:/],
    [
      { proxy: () => false, workers: 1, module: "/x.js" },
      /^proxy cannot be a function with workers.*STUDIO_PROXY/,
    ],
  ])("[A16 #92] %j is refused", (options, words) => {
    expect(at(options)).toThrow(words);
    expect(at(options)).not.toThrow(/planted-secret/);
  });

  it("[A16 #92] takes no blank variable and no other program's for an error", () => {
    for (const env of [{ STUDIO_PROXY: " " }, { ALL_PROXY: "socks5://p" }]) expect(at({ env })).not.toThrow();
  });
});

it("[C14 #87] [T12.10 #35 #38] a metrics report has what a runtime counts of its proxies", async () => {
  const [at, proxy] = [await gateway(), await proxyWith()];
  const { http, ways } = through(proxy.url);
  await http.fetch(`${at.httpUrl}/healthz`, get);
  proxy.setPassword("another");
  await expect(http.fetch(`${at.httpUrl}/healthz`, get)).rejects.toThrow();
  proxy.setPassword(password);
  proxy.disturb({ status: 502 });
  await expect(http.fetch(`${at.httpUrl}/healthz`, get)).rejects.toThrow();
  await proxy.close();
  await expect(http.fetch(`${at.httpUrl}/healthz`, get)).rejects.toThrow();
  const report = metricsReport({
    arn: "a",
    now: 0,
    uptimeMs: 0,
    work: noWork(),
    connection: { reconnection_attempts: 0, total_disconnects: 0, successful_reconnects: 0 },
    roundTrips: new RoundTrips(),
    proxies: ways.figures,
  });
  const { value } = report?.message ?? {};
  expect(value).toMatchObject({
    customMetrics: {
      "sdk.proxy.connect_attempts_total": 4,
      "sdk.proxy.connect_success_total": 1,
      "sdk.proxy.connect_failures_total.auth": 1,
      "sdk.proxy.connect_failures_total.connect_failed": 1,
      "sdk.proxy.connect_failures_total.unreachable": 1,
      "sdk.proxy.connect_latency_ms.count": 1,
    },
  });
  expect(
    reportedFigures(
      new ProxyDialler({ option: false, env: {}, tls: () => ({}), logger: silentLogger }).figures,
    ),
  ).toEqual({});
});

it("a proxy with passwords of its own for tests refuses options that make no sense", async () => {
  await expect(startTestProxy({ password: "planted-secret" })).rejects.toThrow(/^password needs user/);
  const proxy = await proxyWith();
  expect(() => proxy.disturb({ status: 99 })).toThrow(/^status must be a whole number from 100 to 599/);
});

it("a runtime whose proxy is false goes directly", async () => {
  const [at, proxy] = [await gateway(), await proxyWith()];
  const home = await mkdtemp(join(tmpdir(), "mooring-no-proxy-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const runtime = createRuntime({
    url: at.url,
    proxy: false,
    credentials: { directory: home },
    env: { STUDIO_PROXY: proxy.url },
  });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "t", instanceId: "i", connector: echo });
  await runtime.start();
  expect(proxy.asked).toEqual([]);
});

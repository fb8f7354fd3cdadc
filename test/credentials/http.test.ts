import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TLSSocket } from "node:tls";
import { describe, expect, it } from "vitest";
import { createHttpClient, pauseAskedMs } from "../../src/credentials/http.js";
import { type TlsOptions, tlsMaterial } from "../../src/transport/tls.js";
import { certificateFor } from "./certificate.js";
import { gate, Platform } from "./platform.js";

const post = { method: "POST", headers: {}, body: "secret" };
const client = (options: Partial<Parameters<typeof createHttpClient>[0]> = {}) =>
  createHttpClient({ timeoutMs: 60_000, ...options });

describe("HTTP client", () => {
  it("sends the body with its length and hands the answer over", async () => {
    const platform = await Platform.start();
    platform.next("/x", { status: 201, body: "hello", headers: { "x-answer": "42" } });
    const response = await client().fetch(`${platform.url}/x`, { ...post, headers: { "x-ask": "1" } });
    expect([response.status, response.headers.get("x-answer"), await response.text()]).toEqual([
      201,
      "42",
      "hello",
    ]);
    expect(platform.requests[0]).toMatchObject({ method: "POST", body: "secret" });
    expect(platform.requests[0]?.headers).toMatchObject({ "x-ask": "1", "content-length": "6" });
  });

  it.each([301, 302, 303, 307, 308])("[W-3] a %i is the answer: nothing is sent on", async (status) => {
    const platform = await Platform.start();
    const other = await Platform.start();
    platform.next("/x", { status, headers: { location: `${other.url}/stolen` } });
    expect((await client().fetch(`${platform.url}/x`, post)).status).toBe(status);
    expect(other.requests).toEqual([]);
    expect(platform.requests).toHaveLength(1);
  });

  it("[W-2] gives up on a server that does not answer", async () => {
    const platform = await Platform.start();
    const answer = gate();
    platform.next("/x", async () => {
      await answer.promise;
      return { status: 200 };
    });
    await expect(client({ timeoutMs: 50 }).fetch(`${platform.url}/x`, post)).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    answer.open();
  });

  it("gives up on an answer that is too large", async () => {
    const platform = await Platform.start();
    platform.next("/x", { status: 200, body: "x".repeat(2_000) }, { status: 200, body: "x".repeat(1_000) });
    const http = client({ maxResponseBytes: 1_000 });
    await expect(http.fetch(`${platform.url}/x`, post)).rejects.toMatchObject({ code: "TOO_LARGE" });
    expect((await http.fetch(`${platform.url}/x`, post)).status).toBe(200);
  });

  it("ends with the caller's signal", async () => {
    const platform = await Platform.start();
    const answer = gate();
    platform.next("/x", async () => {
      await answer.promise;
      return { status: 200 };
    });
    const caller = new AbortController();
    const call = client().fetch(`${platform.url}/x`, { ...post, signal: caller.signal });
    await platform.asked("/x");
    caller.abort();
    await expect(call).rejects.toMatchObject({ code: "ABORTED" });
    await expect(client().fetch(platform.url, { ...post, signal: caller.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    answer.open();
  });

  it("names Node's code when nobody listens or the connection is cut", async () => {
    const platform = await Platform.start();
    platform.next("/x", { status: 200, cut: true });
    await expect(client().fetch(`${platform.url}/x`, post)).rejects.toMatchObject({ code: "ECONNRESET" });
    await expect(client().fetch("http://127.0.0.1:1/x", post)).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });

  it("never sends user information of a URL", async () => {
    const platform = await Platform.start();
    await client().fetch(`http://user:pass@${platform.authority}/x`, post);
    expect(platform.requests[0]?.headers.authorization).toBeUndefined();
  });

  it("[W-20] trusts an extra CA, anybody when told so, and otherwise no stranger", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const pair = certificateFor("127.0.0.1", privateKey);
    const platform = await Platform.start(pair);
    platform.always("/x", { status: 200 });
    const status = async (tls: TlsOptions) =>
      (await client({ tls: () => tlsMaterial(tls) }).fetch(`${platform.url}/x`, post)).status;
    expect(await status({ ca: pair.cert })).toBe(200);
    const caFile = join(await mkdtemp(join(tmpdir(), "mooring-test-")), "ca.pem");
    await writeFile(caFile, pair.cert);
    expect(await status({ caFile })).toBe(200);
    expect(await status({ insecure: true })).toBe(200);
    await expect(status({})).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    await expect(status({ caFile: `${caFile}.gone` })).rejects.toMatchObject({ code: "TLS_OPTIONS" });
    await rm(dirname(caFile), { recursive: true });
  });

  it("[W-20] shows the client certificate of the connection", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const pair = certificateFor("127.0.0.1", privateKey);
    const server = createServer(
      { ...pair, requestCert: true, rejectUnauthorized: true, ca: pair.cert },
      (request, response) => {
        response.end((request.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256);
      },
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const shown = client({ tls: () => tlsMaterial({ ca: pair.cert, cert: pair.cert, key: pair.key }) });
    const answer = await shown.fetch(url, post);
    expect(await answer.text()).toMatch(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/);
    await expect(
      client({ tls: () => tlsMaterial({ ca: pair.cert }) }).fetch(url, post),
    ).rejects.toMatchObject({ name: "HttpError" });
    shown.close();
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ["120", 120_000],
    ["0", 0],
    ["999999999", 3_600_000],
    ["Thu, 01 Jan 1970 00:01:00 GMT", 50_000],
    ["Thu, 01 Jan 1970 00:00:01 GMT", 0],
    ["soon", undefined],
    ["-5", undefined],
    ["", undefined],
  ])("[W-23] Retry-After %j is %s ms", (text, ms) => {
    expect(pauseAskedMs(new Headers({ "retry-after": text }), () => 10_000)).toBe(ms);
  });
});

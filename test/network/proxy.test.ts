/** Which proxy is chosen, and the way through it (docs/protocol.md, "HTTP CONNECT proxy"). */

import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { chooseProxy } from "../../src/network/proxy/choose.js";
import { isDirect } from "../../src/network/proxy/no-proxy.js";
import { parseProxy } from "../../src/network/proxy/proxy-url.js";
import { answerOf, openTunnel } from "../../src/network/proxy/tunnel.js";

const secure = { host: "gateway.corp.com", port: 443, tls: true };
const plain = { host: "gateway.corp.com", port: 80, tls: false };

describe("the address of a proxy", () => {
  it.each([
    ["http://alice:secret@proxy:8080", "Basic YWxpY2U6c2VjcmV0"],
    ["http://user:pass@proxy", "Basic dXNlcjpwYXNz"],
    ["http://user:p%40ss%3A@proxy", `Basic ${Buffer.from("user:p@ss:").toString("base64")}`],
    ["http://a@b:c@proxy", `Basic ${Buffer.from("a@b:c").toString("base64")}`],
    ["http://user@proxy", `Basic ${Buffer.from("user:").toString("base64")}`],
    ["http://proxy:1", undefined],
    ["http://proxy", undefined],
  ])("[T12.10 #1 #2 #4] [A16 #93] %s", (text, authorization) => {
    expect(parseProxy(text, "proxy").authorization?.reveal()).toBe(authorization);
  });

  it("[T12.10 #3 #4 #6 #7] [A16 #93] has the port 3128 unless it says another, and brackets around IPv6", () => {
    expect(parseProxy("http://proxy", "proxy")).toMatchObject({ host: "proxy", port: 3128, tls: false });
    expect(parseProxy("https://proxy/path", "proxy")).toMatchObject({ port: 3128, tls: true });
    expect(parseProxy("HTTP://Proxy:99", "proxy")).toMatchObject({ port: 99, tls: false });
    expect(parseProxy("http://[::1]:3128", "proxy")).toMatchObject({ host: "::1", authority: "[::1]:3128" });
    expect(parseProxy("proxy:8080", "proxy")).toMatchObject({ host: "proxy", port: 8080, tls: false });
  });

  it.each([
    "ftp://proxy",
    "socks5://proxy",
    "http://proxy:http",
    "http://proxy:70000",
    "http://",
    "http://:3128",
    "http://user:hunter2@",
  ])("[T12.10 #5 #8 #10] %s is refused, and never quoted", (text) => {
    expect(() => parseProxy(text, "STUDIO_PROXY")).toThrow(/^STUDIO_PROXY .*Write http/);
    expect(() => parseProxy(text, "STUDIO_PROXY")).not.toThrow(/hunter2/);
  });

  it("[T12.10 #9 #10] [A16 #94] shows no password", () => {
    const proxy = parseProxy("http://user:hunter2@proxy:8080", "proxy");
    for (const shown of [JSON.stringify(proxy), inspect(proxy, { depth: 9 }), String(proxy)])
      expect(shown).not.toContain("hunter2");
    expect(`${proxy.authorization}`).not.toContain("aHVudGVyMg");
  });
});

describe("NO_PROXY", () => {
  it.each<[boolean, string, string, number]>([
    [true, "studio.corp.com", "studio.corp.com", 443],
    [true, ".corp.com", "studio.corp.com", 443],
    [true, "corp.com", "studio.corp.com", 443],
    [true, "*.corp.com", "studio.corp.com", 443],
    [true, "*", "studio.corp.com", 443],
    [true, "a.com, .corp.com ,b.com", "studio.corp.com", 443],
    [true, "STUDIO.corp.com.", "studio.CORP.com", 443],
    [false, "*.corp.com", "studio.other.com", 443],
    [false, "other.com", "studio.corp.com", 443],
    [false, "orp.com", "studio.corp.com", 443],
    [false, "", "studio.corp.com", 443],
    [true, "studio.corp.com:443", "studio.corp.com", 443],
    [false, "studio.corp.com:444", "studio.corp.com", 443],
    [true, "10.0.0.0/8", "10.2.3.4", 443],
    [false, "10.0.0.0/8", "11.2.3.4", 443],
    [false, "10.0.0.0/99", "10.2.3.4", 443],
    [true, "[::1]:443", "::1", 443],
    [false, "[::1]:443", "::1", 80],
    [true, "[2001:db8::1]", "2001:db8::1", 443],
    [true, "2001:db8::1", "2001:0db8:0:0::1", 443],
    [true, "2001:db8::/32", "2001:db8::5", 443],
    [false, "10.0.0.0/8", "studio.corp.com", 443],
  ])("[C14 #86] [T12.10 #18 #19 #20 #25] [A16 #91] %s: %j for %s:%i", (expected, list, host, port) => {
    expect(isDirect(list, { host, port })).toBe(expected);
  });
});

describe("the choice of a proxy", () => {
  const chosen = (env: Record<string, string>, target = secure) => {
    const { proxy, by } = chooseProxy(undefined, target, env);
    return [proxy?.authority ?? "direct", by];
  };

  it.each<[Record<string, string>, string, string | null]>([
    [{ STUDIO_PROXY: "http://a:1", HTTPS_PROXY: "http://b:1" }, "a:1", "STUDIO_PROXY"],
    [{ STUDIO_PROXY: "http://a:1" }, "a:1", "STUDIO_PROXY"],
    [{ https_proxy: "http://a:1", HTTP_PROXY: "http://b:1" }, "a:1", "https_proxy"],
    [{ HTTPS_PROXY: "http://a:1", HTTP_PROXY: "http://b:1" }, "a:1", "HTTPS_PROXY"],
    [{ ALL_PROXY: "http://a:1" }, "a:1", "ALL_PROXY"],
    [{}, "direct", null],
    [{ STUDIO_PROXY: " ", HTTPS_PROXY: "" }, "direct", null],
    [{ STUDIO_PROXY: "" }, "direct", null],
    [{ HTTPS_PROXY: " ", ALL_PROXY: "" }, "direct", null],
    [{ NO_PROXY: ".corp.com", HTTPS_PROXY: "http://a:1" }, "direct", "NO_PROXY"],
    [{ no_proxy: ".corp.com", STUDIO_PROXY: "http://a:1" }, "direct", "no_proxy"],
    [{ NO_PROXY: " ", no_proxy: "corp.com", HTTPS_PROXY: "http://a:1" }, "direct", "no_proxy"],
  ])("[C14 #86] [T12.10 #11 #12 #13 #14 #15 #16 #17 #21 #22] [A16 #91 #92] %j", (env, authority, by) => {
    expect(chosen(env)).toEqual([authority, by]);
  });

  it("asks the variables of TLS for targets by TLS only", () => {
    expect(chosen({ HTTPS_PROXY: "http://a:1" }, plain)).toEqual(["direct", null]);
    expect(chosen({ HTTP_PROXY: "http://a:1" }, plain)).toEqual(["a:1", "HTTP_PROXY"]);
  });

  it("[T12.10 #23 #24] [A16 #92] goes directly past one of another kind, with a warning, and refuses such an operator's", () => {
    const { proxy, warning } = chooseProxy(undefined, secure, { ALL_PROXY: "socks5://x:secret@p" });
    expect(proxy).toBeUndefined();
    expect(warning).toMatch(/^ALL_PROXY names a proxy of the kind socks5:/);
    expect(warning).not.toContain("secret");
    expect(() => chooseProxy(undefined, secure, { STUDIO_PROXY: "socks5://p" })).toThrow(/^STUDIO_PROXY/);
  });

  it("takes the option before the environment, `false` for none, and asks a function each time", () => {
    const env = { STUDIO_PROXY: "http://a:1", NO_PROXY: "*" };
    expect(chooseProxy("http://b:2", secure, env).proxy?.authority).toBe("b:2");
    expect(chooseProxy(false, secure, { STUDIO_PROXY: "http://a:1" }).proxy).toBeUndefined();
    let port = 1;
    const asked = () => chooseProxy(({ host }) => `http://${host}:${port}`, secure, env).proxy?.port;
    expect(asked()).toBe(1);
    port = 2;
    expect(asked()).toBe(2);
  });
});

/** A proxy that answers a CONNECT with this, and keeps what it was sent. */
async function proxyThat(answer: (socket: Socket, said: string) => void) {
  const said: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (data) => {
      said.push(String(data));
      answer(socket, String(data));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, said };
}

const through = (port: number, more: { timeoutMs?: number; userInfo?: string; signal?: AbortSignal } = {}) =>
  openTunnel({
    proxy: parseProxy(`http://${more.userInfo ?? ""}127.0.0.1:${port}`, "proxy"),
    target: { host: "studio.example", port: 80 },
    tls: {},
    timeoutMs: more.timeoutMs ?? 30_000,
    setting: "STUDIO_PROXY",
    ...(more.signal ? { signal: more.signal } : {}),
  });

describe("the way through a proxy", () => {
  it("[T12.10 #31] asks in one exact form, and keeps what comes right behind the answer", async () => {
    const proxy = await proxyThat((socket) => socket.write("HTTP/1.1 200 OK\r\nVia: x\r\n\r\nLEFTOVER"));
    const socket = await through(proxy.port, { userInfo: "alice:secret@" });
    expect(proxy.said).toEqual([
      "CONNECT studio.example:80 HTTP/1.1\r\nHost: studio.example:80\r\nProxy-Authorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n",
    ]);
    const first = new Promise((resolve) => socket.once("data", resolve));
    socket.resume();
    expect(String(await first)).toBe("LEFTOVER");
    socket.destroy();
  });

  it("[T12.10 #32] [A16 #93] sends no authorization without credentials", async () => {
    const proxy = await proxyThat((socket) => socket.write("HTTP/1.0 200 OK\r\n\r\n"));
    (await through(proxy.port)).destroy();
    expect(proxy.said[0]).not.toContain("Authorization");
  });

  it.each<[string, string, RegExp]>([
    ["HTTP/1.1 407 No\r\n\r\n", "PROXY_AUTH_FAILED", /returned 407: .*STUDIO_PROXY/],
    ["HTTP/1.1 502 Bad\r\n\r\n", "PROXY_CONNECT_FAILED", /proxy returned status 502/],
    ["SSH-2.0-OpenSSH\r\n\r\n", "PROXY_CONNECT_FAILED", /did not answer in HTTP/],
    [`HTTP/1.1 200 OK\r\nX: ${"x".repeat(9_000)}\r\n\r\n`, "PROXY_CONNECT_FAILED", /more than 8192 bytes/],
  ])("[T12.10 #33 #35] [A16 #94] %j is %s", async (answer, code, message) => {
    const proxy = await proxyThat((socket) => socket.write(answer));
    const failed = through(proxy.port, { userInfo: "alice:hunter2@" });
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(failed).rejects.not.toThrow(/hunter2/);
  });

  it("of a proxy that closes, and of one that nobody listens at", async () => {
    const proxy = await proxyThat((socket) => socket.end());
    await expect(through(proxy.port)).rejects.toMatchObject({ code: "PROXY_CONNECT_FAILED" });
    await expect(through(1)).rejects.toMatchObject({ code: "PROXY_UNREACHABLE" });
  });

  it("[T12.10 #36] [A16 #94] of one that says nothing is given up in its time, or with its signal", async () => {
    const proxy = await proxyThat(() => {});
    await expect(through(proxy.port, { timeoutMs: 100 })).rejects.toMatchObject({
      code: "PROXY_CONNECT_FAILED",
      message: expect.stringContaining("timed out"),
    });
    const giveUp = new AbortController();
    const opening = through(proxy.port, { signal: giveUp.signal });
    giveUp.abort(new Error("given up"));
    await expect(opening).rejects.toThrow("given up");
  });

  it("[T12.10 #26 #27 #28 #29 #30] reads an answer that is whole, and waits for one that is not", () => {
    expect(answerOf(Buffer.from("HTTP/1.1 200 Fine\r\nA: b\r\n\r\n"))).toEqual({ status: 200, end: 27 });
    expect(answerOf(Buffer.from("HTTP/1.0 200 Fine\r\n\r\n"))?.status).toBe(200);
    expect(answerOf(Buffer.from("HTTP/1.1 407 Who\r\n\r\n"))?.status).toBe(407);
    expect(answerOf(Buffer.from("HTTP/1.1 502 Bad Gateway\r\n\r\n"))?.status).toBe(502);
    expect(answerOf(Buffer.from("HTTP/1.1 200 Fi"))).toBeUndefined();
  });
});

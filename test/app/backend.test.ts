/** WebSockets of an app's pages, led to a real server through the embedded gateway. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type AppOptions, appConnector, createRuntime, type RelayFrame, type RuntimeOptions } from "mooring";
import { startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { withResolvers } from "../../src/with-resolvers.js";
import { take } from "../support/relayed-frames.js";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const key = "acme.app-live.one";
const text = (words: string): RelayFrame => ({ type: "text", text: words });

/** A server of the author's. `met` is called with each WebSocket that it takes. */
async function backend(met: (socket: WebSocket, request: IncomingMessage) => void, options: object = {}) {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, ...options });
  sockets.on("connection", met);
  await new Promise<void>((resolve) => void http.listen(0, "127.0.0.1", resolve));
  open.push(async () => {
    for (const socket of sockets.clients) socket.terminate();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
  return { address: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`, http, sockets };
}

async function serving(webSocket: AppOptions["webSocket"], options: RuntimeOptions = {}) {
  const gateway = await startGateway({ approval: "automatic" });
  open.push(() => gateway.close());
  const runtime = createRuntime({ url: gateway.url, ...options });
  open.push(() => runtime.close());
  const connector = appConnector({ name: "Live", ...(webSocket === undefined ? {} : { webSocket }) });
  runtime.add({ tenantId: "acme", instanceId: "one", connector });
  await runtime.start();
  return { gateway, runtime };
}

const echo = (socket: WebSocket) =>
  void socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));

/** Names of a WebSocket's end, as its server sees it. */
const closeOf = (socket: WebSocket): Promise<unknown> =>
  new Promise((resolve) => void socket.once("close", (code, reason) => resolve([code, String(reason)])));

describe("a WebSocket that leads to a server", () => {
  it("[C14 #35] arrives with path, query, headers and subprotocol", async () => {
    const seen: unknown[] = [];
    const { address } = await backend((socket, { url, headers }) => {
      const { host, origin, cookie, "x-own": own, "user-agent": agent } = headers;
      seen.push({ url, host, origin, cookie, own, agent, protocol: socket.protocol });
    });
    const { gateway } = await serving({
      backend: `${address}/base/`,
      headers: { "X-Own": "ours", Cookie: "b=2" },
    });
    await gateway.openWebSocket(key, {
      path: "/live",
      query: "room=7&x=%20",
      headers: {
        host: "evil.example",
        connection: "close",
        origin: "https://apps.example",
        cookie: "a=1",
        "user-agent": "Browser",
        "sec-websocket-key": "no",
        "sec-websocket-protocol": "chat, superchat",
      },
    });
    const own = { host: new URL(address).host, own: "ours", cookie: "b=2" };
    const theirs = { origin: "https://apps.example", agent: "Browser", protocol: "chat" };
    expect(seen).toEqual([{ url: "/base/live?room=7&x=%20", ...own, ...theirs }]);
  });

  it("[C17 #13] carries frames of every kind both ways, in order", async () => {
    const seen: unknown[] = [];
    const { address } = await backend((socket) => {
      socket.on("ping", (bytes) => seen.push(["ping", String(bytes)]));
      socket.on("pong", (bytes) => seen.push(["pong", String(bytes)]));
      socket.send("welcome");
      socket.ping("are you there");
      socket.on("message", (data, isBinary) => {
        seen.push([isBinary ? "binary" : "text", String(data)]);
        socket.send(data, { binary: isBinary });
      });
    });
    const { gateway } = await serving(address);
    const socket = await gateway.openWebSocket(key);
    const bytes = new Uint8Array([104, 105]);
    expect(await take(socket, 2)).toEqual([
      text("welcome"),
      { type: "ping", bytes: new Uint8Array(Buffer.from("are you there")) },
    ]);
    const sent: RelayFrame[] = [
      { type: "pong", bytes },
      { type: "ping", bytes },
      text("grüße"),
      text(""),
      { type: "binary", bytes },
    ];
    for (const frame of sent) socket.send(frame);
    // The server of the test answers a ping by itself.
    expect(await take(socket, 4)).toEqual([
      { type: "pong", bytes },
      text("grüße"),
      text(""),
      { type: "binary", bytes },
    ]);
    expect(seen).toEqual([
      ["pong", "hi"],
      ["ping", "hi"],
      ["text", "grüße"],
      ["text", ""],
      ["binary", "hi"],
    ]);
  });

  it("ends with its codes both ways", async () => {
    const ends: Promise<unknown>[] = [];
    const { address } = await backend((socket, { url }) => {
      ends.push(closeOf(socket));
      if (url === "/code") socket.close(4_001, "done");
      if (url === "/plain") socket.close();
      if (url === "/dead") socket.terminate();
      if (url === "/last") {
        socket.send("last");
        socket.close(1_000, "bye");
      }
    });
    const { gateway } = await serving(address);
    const endOf = async (path: string) => (await gateway.openWebSocket(key, { path })).closed;
    expect(await endOf("/code")).toEqual({ code: 4_001, reason: "done" });
    expect(await endOf("/plain")).toEqual({ code: 1_000, reason: "" });
    expect(await endOf("/dead")).toEqual({ code: 1_011, reason: "the app's server is gone" });
    const last = await gateway.openWebSocket(key, { path: "/last" });
    expect(await take(last, 2)).toEqual([text("last")]);
    expect(await last.closed).toEqual({ code: 1_000, reason: "bye" });

    ends.length = 0;
    const mine = await gateway.openWebSocket(key);
    mine.close(4_002, "left");
    expect(await ends[0]).toEqual([4_002, "left"]);
    const cut = await gateway.openWebSocket(key);
    gateway.disturb("cut");
    expect(await cut.closed).toMatchObject({ code: 1_006 });
    expect(await ends[1]).toMatchObject([1_001, expect.any(String)]);
  });

  it("is refused in words where the server does not take it", async () => {
    const silent = createServer();
    silent.on("upgrade", (_request, socket) => void open.push(async () => socket.destroy()));
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    open.push(() => new Promise((resolve) => silent.close(resolve)));
    const { address } = await backend(echo, { verifyClient: () => false });
    const silentAddress = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const nobody = await backend(echo);
    await open.pop()?.();
    const refused: readonly [AppOptions["webSocket"], object, string][] = [
      [address, {}, "HTTP 401"],
      [nobody.address, {}, "cannot be reached (ECONNREFUSED)"],
      [{ backend: silentAddress, timeoutMs: 50 }, {}, "did not answer in time"],
      [`${address}/base`, { path: "/../admin" }, "leads out of the app"],
      [`${address}/base`, { path: "/%2e%2e/admin" }, "leads out of the app"],
      [address, { headers: { "x-a": "1\r\nx-b: 2" } }, "no header can have"],
      [address, { headers: { "sec-websocket-protocol": "a b" } }, "subprotocol"],
    ];
    for (const [webSocket, options, words] of refused) {
      const { gateway } = await serving(webSocket);
      await expect(gateway.openWebSocket(key, options), words).rejects.toThrow(words);
    }
  });

  it("that its page gives up while the server is asked leaves nothing there", async () => {
    const asked = withResolvers<void>();
    const gone = withResolvers<void>();
    const silent = createServer();
    silent.on("upgrade", (_request, socket) => {
      socket
        .on("error", () => {})
        .once("end", () => {
          socket.destroy();
          gone.resolve();
        });
      socket.resume();
      asked.resolve();
    });
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    open.push(() => new Promise((resolve) => silent.close(resolve)));
    const { gateway } = await serving(`ws://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const opening = gateway.openWebSocket(key);
    opening.catch(() => {});
    await asked.promise;
    gateway.disturb("cut");
    await expect(opening).rejects.toThrow();
    await gone.promise;
  });

  it("refuses a frame of the server that is above the limit with 1009", async () => {
    const end = withResolvers<unknown>();
    const { address } = await backend((socket) => {
      void closeOf(socket).then(end.resolve);
      socket.send("x".repeat(60_000));
    });
    const { gateway } = await serving(address, { maxMessageBytes: 50_000 });
    const socket = await gateway.openWebSocket(key);
    expect(await socket.closed).toMatchObject({ code: 1_009 });
    expect(await end.promise).toMatchObject([1_009, expect.stringContaining("maxMessageBytes")]);
  });
});

describe("back-pressure", () => {
  const count = 1_000;
  const numbered = (number: number) => `${number} ${"x".repeat(8_000)}`;
  const numbers = Array.from({ length: count }, (_, index) => index);
  const numberOf = (frame: RelayFrame) => (frame.type === "text" ? Number.parseInt(frame.text, 10) : -1);

  it("a thousand frames go to a server that reads by fits and starts, and come back, in order", async () => {
    const { address } = await backend((socket) => {
      let seen = 0;
      socket.on("message", (data) => {
        seen += 1;
        socket.send(String(data));
        if (seen % 50 !== 0) return;
        socket.pause();
        setImmediate(() => socket.resume());
      });
    });
    const { gateway } = await serving(address);
    const socket = await gateway.openWebSocket(key);
    for (const number of numbers) socket.send(text(numbered(number)));
    const frames = await take(socket, count);
    expect(frames.map(numberOf)).toEqual(numbers);
    expect(await (await gateway.execute(key, { payload: { path: "/" } })).json()).toMatchObject({
      status: 404,
    });
  });

  it("a server that sends all at once is read no faster than the stream takes it", async () => {
    const { address } = await backend((socket) => {
      for (const number of numbers) socket.send(numbered(number));
      socket.close(1_000, "all");
    });
    const { gateway } = await serving(address);
    const socket = await gateway.openWebSocket(key);
    const frames = await take(socket, count + 1);
    expect(frames.map(numberOf)).toEqual(numbers);
    expect(await socket.closed).toEqual({ code: 1_000, reason: "all" });
  });

  it("a server that does not read is told apart from the stream: it ends with 1013, and pages go on", async () => {
    const { address } = await backend((socket) => socket.pause());
    const { gateway } = await serving(address);
    const socket = await gateway.openWebSocket(key);
    const large = new Uint8Array(1_000_000);
    for (let sent = 0; sent < 24; sent += 1) socket.send({ type: "binary", bytes: large });
    expect(await socket.closed).toMatchObject({ code: 1_013 });
    expect(await (await gateway.execute(key, { payload: { path: "/" } })).json()).toMatchObject({
      status: 404,
    });
  }, 60_000);
});

describe("a WebSocket that a function takes", () => {
  it("is the author's", async () => {
    const { gateway } = await serving(({ path }, page) => {
      if (path !== "/live") throw new Error("no such WebSocket");
      return { frame: (frame) => page.send(frame) };
    });
    await expect(gateway.openWebSocket(key)).rejects.toThrow("no such WebSocket");
    const socket = await gateway.openWebSocket(key, { path: "/live" });
    socket.send(text("x"));
    expect(await take(socket, 1)).toEqual([text("x")]);
  });
});

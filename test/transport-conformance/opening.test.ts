/** Opening a stream: what is written first, within which limits, and what a peer that is none leads to. */
import type { IncomingHttpHeaders } from "node:http2";
import { expect, it } from "vitest";
import { packageVersion } from "../../src/version.js";
import { eventually } from "../support/until.js";
import { first, Inbox } from "./kit/messages.js";
import { Recorder } from "./kit/recorder.js";
import { grpcHeaders, tcpServer } from "./kit/scripted-server.js";
import { conformance } from "./kit/suite.js";

conformance("opening", (rig) => {
  it("writes the register request before any response header", async () => {
    const inbox = new Inbox();
    let responded: boolean | undefined;
    const { sink } = await rig.link((stream) => {
      stream.on("data", (chunk: Buffer) => {
        inbox.push(chunk);
        responded = stream.headersSent;
      });
    });
    await eventually(() => inbox.messages.length === 1);
    expect(inbox.messages).toEqual([first]);
    expect(responded).toBe(false);
    expect(sink.endings).toEqual([]);
  });

  it("sends the headers of the contract, and no credential", async () => {
    let asked: IncomingHttpHeaders = {};
    const { server } = await rig.link((stream, headers) => {
      asked = headers;
      stream.respond(grpcHeaders);
    });
    await eventually(() => server.served === 1);
    expect(asked).toMatchObject({
      ":method": "POST",
      ":scheme": "http",
      ":path": "/matrix.connectors.v1.ConnectorService/Connect",
      ":authority": `127.0.0.1:${server.port}`,
      te: "trailers",
    });
    expect(asked["content-type"]).toMatch(/^application\/grpc(\+proto)?$/);
    expect(asked["user-agent"]).toContain(`mooring/${packageVersion}`);
    expect(asked).not.toHaveProperty("authorization");
    expect(asked).not.toHaveProperty("grpc-encoding");
    expect(asked).not.toHaveProperty("grpc-timeout");
    if (rig.lacks("noCompression")) expect(asked["grpc-accept-encoding"]).toBe("identity,deflate,gzip");
    else expect(asked).not.toHaveProperty("grpc-accept-encoding");
  });

  it("is unreachable where nobody listens", async () => {
    const gone = await tcpServer();
    await gone.close();
    const transport = rig.transport(gone.port);
    await expect(rig.open(transport)).rejects.toMatchObject({
      name: "TransportOpenError",
      failure: { cause: "unreachable", code: "ECONNREFUSED" },
    });
    expect(transport.channels()).toEqual([]);
  });

  it("gives up a peer that accepts TCP and says nothing, when the dial has had its time", async () => {
    const silent = await tcpServer();
    rig.onEnd(() => silent.close());
    const transport = rig.transport(silent.port, { connectTimeoutMs: 200 });
    const opening = Promise.all([
      expect(rig.open(transport)).rejects.toMatchObject({ failure: { cause: "connect-timeout" } }),
      expect(rig.open(transport)).rejects.toMatchObject({ failure: { cause: "connect-timeout" } }),
    ]);
    await opening;
    expect(silent.accepted()).toBe(1);
    expect(transport.channels()).toEqual([]);
    await eventually(() => silent.open() === 0);
  });

  it("gives up when the opening has had its time, before the dial has", async () => {
    const silent = await tcpServer();
    rig.onEnd(() => silent.close());
    const transport = rig.transport(silent.port);
    await expect(rig.open(transport, { timeoutMs: 200 })).rejects.toMatchObject({
      failure: { cause: "connect-timeout" },
    });
    expect(transport.channels()).toMatchObject([{ state: "dialling", streams: 0 }]);
  });

  it("tells a peer that speaks something else", async () => {
    const page = await tcpServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    });
    rig.onEnd(() => page.close());
    await expect(rig.open(rig.transport(page.port))).rejects.toMatchObject({
      failure: { cause: "wrong-protocol" },
    });
  });

  it("tells a peer that hangs up while it is dialled", async () => {
    const rude = await tcpServer((socket) => socket.once("data", () => socket.destroy()));
    rig.onEnd(() => rude.close());
    const transport = rig.transport(rude.port);
    await expect(rig.open(transport)).rejects.toMatchObject({ failure: { cause: "connection-lost" } });
    expect(transport.channels()).toEqual([]);
  });

  it("rejects with the signal's reason when it was given up before, and dials nothing", async () => {
    const server = await rig.server((stream) => stream.respond(grpcHeaders));
    const transport = rig.transport(server.port);
    const reason = new Error("given up");
    await expect(rig.open(transport, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(transport.channels()).toEqual([]);
  });

  it("gives up an opening while dialling, without leaving a place behind; others go on waiting", async () => {
    let answerDial = () => {};
    const slow = await tcpServer((socket) => {
      // A SETTINGS frame without settings: all that a dial waits for.
      answerDial = () => void socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    });
    rig.onEnd(() => slow.close());
    const transport = rig.transport(slow.port);
    const abort = new AbortController();
    const sink = new Recorder();
    const givenUp = rig.open(transport, { signal: abort.signal, sink });
    const other = rig.open(transport);
    await eventually(() => slow.accepted() === 1);
    expect(transport.channels()).toMatchObject([{ state: "dialling", streams: 2 }]);
    const reason = new Error("given up");
    abort.abort(reason);
    await expect(givenUp).rejects.toBe(reason);
    expect(transport.channels()).toMatchObject([{ state: "dialling", streams: 1 }]);
    answerDial();
    await other;
    expect(slow.accepted()).toBe(1);
    expect(sink.endings).toEqual([]);
  });

  it("leaves an open stream alone when its signal is aborted later", async () => {
    const abort = new AbortController();
    const server = await rig.server((stream) => stream.respond(grpcHeaders));
    const transport = rig.transport(server.port);
    const { sink, stream } = await rig.open(transport, { signal: abort.signal });
    abort.abort();
    stream.send(first);
    expect(transport.channels()).toMatchObject([{ streams: 1 }]);
    expect(sink.endings).toEqual([]);
  });

  it("dials anew after a failed dial", async () => {
    const gone = await tcpServer();
    await gone.close();
    const transport = rig.transport(gone.port);
    await expect(rig.open(transport)).rejects.toMatchObject({ failure: { cause: "unreachable" } });
    const server = await rig.server((stream) => stream.respond(grpcHeaders), { port: gone.port });
    await rig.open(transport);
    await eventually(() => server.served === 1);
    expect(transport.channels()).toMatchObject([{ state: "ready", streams: 1 }]);
  });

  it("speaks IPv6", async () => {
    const server = await rig.server((stream) => stream.respond(grpcHeaders), { host: "::1" });
    const transport = rig.transport(server.port, { host: "[::1]" });
    await rig.open(transport);
    expect(transport.authority).toBe(`[::1]:${server.port}`);
  });

  it("dials names", async () => {
    const server = await rig.server((stream) => stream.respond(grpcHeaders));
    await rig.open(rig.transport(server.port, { host: "localhost" }));
    await eventually(() => server.served === 1);
  });

  it("is unreachable under a name that does not exist", async () => {
    const transport = rig.transport(50_061, { host: "nowhere.invalid" });
    await expect(rig.open(transport)).rejects.toMatchObject({ failure: { cause: "unreachable" } });
  });
});

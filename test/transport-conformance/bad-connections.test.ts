/** Connections that are no good although TCP is up: those that fail every opening, and those that only look alive. */
import type { ServerHttp2Stream } from "node:http2";
import { expect, it } from "vitest";
import type { Transport } from "../../src/transport/transport.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { eventually } from "../support/until.js";
import { answer, frame, request } from "./kit/messages.js";
import { grpcHeaders, respondWithTrailers, type ScriptedServer } from "./kit/scripted-server.js";
import { conformance, type Rig } from "./kit/suite.js";

/** Answers as a gateway does: each message with a message. */
function accept(stream: ServerHttp2Stream): void {
  stream.respond(grpcHeaders);
  stream.on("data", () => stream.write(frame(request("echo"))));
}

const end = (headers: Record<string, string | number>) => (stream: ServerHttp2Stream) =>
  stream.respond(headers, { endStream: true });

const failures: readonly [string, (stream: ServerHttp2Stream) => void][] = [
  ["a reset with PROTOCOL_ERROR", (stream) => stream.close(1)],
  ["a reset with INTERNAL_ERROR", (stream) => stream.close(2)],
  ["a reset with REFUSED_STREAM", (stream) => stream.close(7)],
  ["a reset with CANCEL", (stream) => stream.close(8)],
  ["a reset with ENHANCE_YOUR_CALM", (stream) => stream.close(11)],
  ["HTTP 503", end({ ":status": 503 })],
  ["HTTP 404", end({ ":status": 404 })],
  [
    "UNAVAILABLE of a proxy",
    end({ ...grpcHeaders, "grpc-status": "14", "grpc-message": "no healthy upstream" }),
  ],
  [
    "UNAVAILABLE after response headers",
    (stream) => {
      respondWithTrailers(stream, { "grpc-status": "14" });
      stream.end();
    },
  ],
  ["a page", end({ ":status": 200, "content-type": "text/html" })],
];

async function failedOpening(rig: Rig, transport: Transport): Promise<void> {
  const { sink } = await rig.open(transport);
  await eventually(() => sink.endings.length === 1);
}

/** Serves well on every connection but the first; there it serves the first stream and fails all others. */
async function badFirstConnection(
  rig: Rig,
  fail: (stream: ServerHttp2Stream) => void,
): Promise<ScriptedServer> {
  const server: ScriptedServer = await rig.server((stream) => {
    if (server.accepted > 1 || server.served === 1) accept(stream);
    else fail(stream);
  });
  return server;
}

conformance("a connection that fails every opening", (rig) => {
  it.each(failures)("is given up after a few, and what serves on it stays: %s", async (_name, fail) => {
    const server = await badFirstConnection(rig, fail);
    const transport = rig.transport(server.port);
    const serving = await rig.open(transport);
    await eventually(() => serving.sink.messages.length === 1);
    for (let i = 0; i < 3; i += 1) await failedOpening(rig, transport);
    const fresh = await rig.open(transport);
    await eventually(() => fresh.sink.messages.length === 1);
    expect(server.accepted).toBe(2);
    expect(transport.channels().map(({ state }) => state)).toEqual(["draining", "ready"]);
    serving.stream.send(answer("still here"));
    await eventually(() => serving.sink.messages.length === 2);
    expect(serving.sink).toMatchObject({ drainings: 0, endings: [] });
    serving.stream.abort();
    await eventually(() => transport.channels().length === 1);
  });

  it("is given up for UNAVAILABLE before it has served anybody, and not replaced for ever", async () => {
    const server: ScriptedServer = await rig.server((stream) => {
      if (server.accepted > 3) accept(stream);
      else stream.respond({ ...grpcHeaders, "grpc-status": "14" }, { endStream: true });
    });
    const transport = rig.transport(server.port);
    for (let i = 0; i < 9; i += 1) await failedOpening(rig, transport);
    expect(server.accepted).toBe(3);
    const fresh = await rig.open(transport);
    await eventually(() => fresh.sink.messages.length === 1);
    expect(server.accepted).toBe(4);
  });

  it("stays when the gateway ends streams with UNAVAILABLE that it had answered", async () => {
    const server = await rig.server((stream) => {
      respondWithTrailers(stream, { "grpc-status": "14" });
      stream.write(frame(request("served")), () => setImmediate(() => stream.end()));
    });
    const transport = rig.transport(server.port);
    for (let i = 0; i < 8; i += 1) await failedOpening(rig, transport);
    expect(server.accepted).toBe(1);
  });

  it("is given up by openings that all failed at once, too", async () => {
    const server = await badFirstConnection(rig, (stream) => stream.close(11));
    const transport = rig.transport(server.port);
    const serving = await rig.open(transport);
    await eventually(() => serving.sink.messages.length === 1);
    const links = await Promise.all([1, 2, 3].map(() => rig.open(transport)));
    await eventually(() => links.every(({ sink }) => sink.endings.length === 1));
    const fresh = await rig.open(transport);
    await eventually(() => fresh.sink.messages.length === 1);
    expect(server.accepted).toBe(2);
  });

  it("is given up when nothing is heard on it, as its user says", async () => {
    const server = await badFirstConnection(rig, () => {});
    const transport = rig.transport(server.port);
    const serving = await rig.open(transport);
    await eventually(() => serving.sink.messages.length === 1);
    for (let i = 0; i < 3; i += 1) {
      const silent = await rig.open(transport);
      silent.stream.doubt?.();
      silent.stream.abort();
      if (rig.lacks("probe")) break;
    }
    const fresh = await rig.open(transport);
    await eventually(() => fresh.sink.messages.length === 1);
    expect(server.accepted).toBe(2);
    expect(serving.sink).toMatchObject({ drainings: 0, endings: [] });
  });

  it("stays when an opening is answered now and then", async () => {
    const server: ScriptedServer = await rig.server((stream) => {
      if (server.served % 3 === 0) accept(stream);
      else stream.close(2);
    });
    const transport = rig.transport(server.port);
    for (let i = 1; i <= 12; i += 1) {
      const { sink } = await rig.open(transport);
      await eventually(() => sink.endings.length + sink.messages.length === 1);
    }
    expect(server.accepted).toBe(1);
  });

  it.each(["0", "3", "7", "8", "9", "13", "16"])(
    "stays when the gateway itself refuses a registration (grpc-status %s)",
    async (status) => {
      const server = await rig.server(end({ ...grpcHeaders, "grpc-status": status }));
      const transport = rig.transport(server.port);
      for (let i = 0; i < 12; i += 1) await failedOpening(rig, transport);
      expect(server.accepted).toBe(1);
    },
  );

  it("is not replaced for ever when all are alike", async () => {
    const server = await rig.server((stream) => stream.close(11));
    const transport = rig.transport(server.port);
    for (let i = 0; i < 40; i += 1) await failedOpening(rig, transport);
    expect(server.accepted).toBeLessThanOrEqual(6);
  });

  it("takes the streams that were asked for when it is asked back after that", async () => {
    const server = await badFirstConnection(rig, (stream) => stream.close(2));
    const transport = rig.transport(server.port);
    const serving = await rig.open(transport);
    await eventually(() => serving.sink.messages.length === 1);
    for (let i = 0; i < 3; i += 1) await failedOpening(rig, transport);
    server.goaway();
    await eventually(() => serving.sink.drainings === 1);
    expect(serving.sink.endings).toEqual([]);
  });
});

conformance("a connection that only looks alive", (rig) => {
  it("is left by the next stream when one on it is deaf", async () => {
    const server = await rig.server(accept);
    const proxy = await TcpProxy.to(server.port);
    rig.onEnd(() => proxy.close());
    // A connection in doubt is asked for this long.
    const transport = rig.transport(proxy.port, { ping: { intervalMs: 60_000, timeoutMs: 100 } });
    const deaf = await rig.open(transport);
    await eventually(() => deaf.sink.messages.length === 1);
    proxy.freeze();
    deaf.stream.send(answer("nobody hears"));
    await eventually(() => proxy.dropped > 0);
    proxy.thaw();
    deaf.stream.doubt?.();
    deaf.stream.abort();
    const fresh = await rig.open(transport);
    await eventually(() => fresh.sink.messages.length === 1);
    expect(server.accepted).toBe(2);
  });

  it("is used again when it answers after all", async () => {
    const server = await rig.server(accept);
    const transport = rig.transport(server.port);
    const deaf = await rig.open(transport);
    await eventually(() => deaf.sink.messages.length === 1);
    deaf.stream.doubt?.();
    deaf.stream.abort();
    const links = await Promise.all([1, 2, 3].map(() => rig.open(transport)));
    await eventually(() => links.every(({ sink }) => sink.messages.length === 1));
    expect(server.accepted).toBe(rig.lacks("probe") ? 2 : 1);
  });
});

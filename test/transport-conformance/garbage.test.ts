/** Bytes that are no gRPC on a stream that is answered as one: named at once and alike, and the connection is given up. */
import type { ServerHttp2Stream } from "node:http2";
import { gzipSync } from "node:zlib";
import { toBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { StreamMessageSchema } from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { eventually } from "../support/until.js";
import { frame, frameOf, request } from "./kit/messages.js";
import { Recorder } from "./kit/recorder.js";
import { grpcHeaders } from "./kit/scripted-server.js";
import { conformance, turns } from "./kit/suite.js";

/** The head of a frame, whose message never comes. */
const headOf = (flag: number, bytes: number): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag);
  head.writeUInt32BE(bytes, 1);
  return head;
};

const zipped = gzipSync(toBinary(StreamMessageSchema, request("zipped")));

const neverWhole = headOf(1, 1_000);

const frames: readonly [string, Buffer, string][] = [
  ["one byte of 0xff", Buffer.from([0xff]), "BAD_FRAME"],
  ["bytes of 0xff", Buffer.alloc(64, 0xff), "BAD_FRAME"],
  ["many bytes of 0xff", Buffer.alloc(100_000, 0xff), "BAD_FRAME"],
  ["an HTML page", Buffer.from("<html><body>Sorry</body></html>"), "BAD_FRAME"],
  ["an answer of HTTP/1", Buffer.from("HTTP/1.1 502 Bad Gateway\r\n\r\n"), "BAD_FRAME"],
  ["a JSON document", Buffer.from('{"error":"no"}'), "BAD_FRAME"],
  ["reserved flags", frameOf(toBinary(StreamMessageSchema, request("odd")), 4), "BAD_FRAME"],
  ["reserved flags, and no message", headOf(6, 1_000), "BAD_FRAME"],
  ["compressed, with reserved flags", frameOf(zipped, 3), "BAD_FRAME"],
  ["trailers of gRPC-Web", frameOf(Buffer.from("grpc-status:0\r\n"), 0x80), "BAD_FRAME"],
  ["trailers of gRPC-Web, and no message", headOf(0x80, 20), "BAD_FRAME"],
  ["an end of stream of Connect", frameOf(Buffer.from("{}"), 2), "BAD_FRAME"],
  ["a message that does not decode", frameOf(Buffer.from([0x1a, 0xff, 0x01])), "BAD_FRAME"],
  ["a compressed message", frameOf(zipped, 1), "COMPRESSED"],
  ["a compressed message that never comes", neverWhole, "COMPRESSED"],
];

/** One of each kind. */
const kinds = frames.filter(([name]) =>
  /^(bytes of|an HTML|reserved flags, and|a message that|a compressed message$)/.test(name),
);

const noGrpc = (code: string) => [{ failure: { cause: "wrong-protocol", code } }];

conformance("bytes that are no gRPC", (rig) => {
  /** What a library unpacks, it must have whole. */
  const isAwaited = (bytes: Buffer) => bytes === neverWhole && rig.lacks("noCompression");

  it.each(frames)("end a stream with a code: %s", async (_name, bytes, code) => {
    if (isAwaited(bytes)) return;
    const { sink, transport } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      stream.write(bytes);
    });
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject(noGrpc(code));
    expect([sink.messages, sink.skipped]).toEqual([[], []]);
    await eventually(() => transport.channels()[0]?.streams === 0);
  });

  it.each(frames)("end a good stream after what came before: %s", async (_name, bytes, code) => {
    if (isAwaited(bytes)) return;
    const { sink } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      stream.write(Buffer.concat([frame(request("1")), frame(request("2")), bytes]));
    });
    await eventually(() => sink.endings.length === 1);
    expect(sink.ids).toEqual(["1", "2"]);
    expect(sink.endings).toMatchObject(noGrpc(code));
  });

  it.each(kinds)("end a good stream in a chunk of their own: %s", async (_name, bytes, code) => {
    const peers: ServerHttp2Stream[] = [];
    const { sink } = await rig.link((stream) => {
      peers.push(stream);
      stream.respond(grpcHeaders);
      stream.write(frame(request("1")));
    });
    await eventually(() => sink.messages.length === 1);
    peers[0]?.write(bytes);
    await eventually(() => sink.endings.length === 1);
    expect(sink.ids).toEqual(["1"]);
    expect(sink.endings).toMatchObject(noGrpc(code));
  });

  it("lose nothing that came before while reading is paused", async () => {
    const ids = Array.from({ length: 20 }, (_, index) => String(index));
    const { sink, stream } = await rig.link((peer) => {
      peer.respond(grpcHeaders);
      peer.on("data", () => {
        const messages = ids.map((id) => frame(request(id)));
        peer.write(Buffer.concat([...messages, Buffer.alloc(64, 0xff)]));
      });
    });
    stream.pause();
    await turns();
    stream.resume();
    await eventually(() => sink.endings.length === 1);
    expect(sink.ids).toEqual(ids);
    expect(sink.endings).toMatchObject(noGrpc("BAD_FRAME"));
  });

  it("leave the streams beside them alone", async () => {
    const server = await rig.server((stream) => {
      stream.respond(grpcHeaders);
      stream.write(frame(request("1")));
      if (server.served > 1) stream.write(Buffer.alloc(64, 0xff));
      else stream.on("data", () => stream.write(frame(request("on"))));
    });
    const transport = rig.transport(server.port);
    const good = await rig.open(transport);
    const bad = await rig.open(transport);
    await eventually(() => bad.sink.endings.length === 1);
    expect([good.sink.endings, server.accepted]).toEqual([[], 1]);
  });

  it.each(kinds)("are no reason to stay on a connection: %s", async (_name, bytes) => {
    const server = await rig.server((stream) => {
      stream.respond(grpcHeaders);
      if (server.accepted > 1 || server.served === 1) stream.write(frame(request("good")));
      else stream.write(bytes);
    });
    const transport = rig.transport(server.port);
    const good = await rig.open(transport);
    await eventually(() => good.sink.messages.length === 1);
    for (let i = 0; i < 3; i += 1) {
      const { sink } = await rig.open(transport);
      await eventually(() => sink.endings.length === 1);
    }
    const fresh = await rig.open(transport);
    await eventually(() => fresh.sink.messages.length === 1);
    expect([server.accepted, good.sink.endings]).toEqual([2, []]);
  });

  it("are named when the sink cannot be told of messages beyond the limit, too", async () => {
    const sink = new Recorder();
    Object.defineProperty(sink, "oversized", { value: undefined });
    const server = await rig.server((stream) => {
      stream.respond(grpcHeaders);
      stream.write(Buffer.alloc(64, 0xff));
    });
    await rig.open(rig.transport(server.port), { sink });
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject(noGrpc("BAD_FRAME"));
  });
});

conformance("an answer with HTTP 200 that is no gRPC", (rig) => {
  const types: readonly [string, Record<string, string>][] = [
    ["HTML", { "content-type": "text/html; charset=utf-8" }],
    ["plain text", { "content-type": "text/plain" }],
    ["JSON", { "content-type": "application/json" }],
    ["gRPC-Web", { "content-type": "application/grpc-web+proto" }],
    ["gRPC in JSON", { "content-type": "application/grpc+json" }],
    ["Connect", { "content-type": "application/connect+proto" }],
    ["another name that begins alike", { "content-type": "application/grpcfoo" }],
    ["no content type", {}],
  ];
  const bodies: readonly [string, Buffer][] = [
    ["a page", Buffer.from("<html><body>Welcome</body></html>")],
    ["a message", frame(request("1"))],
    ["nothing", Buffer.alloc(0)],
  ];
  const cases = types.flatMap(([type, headers]) =>
    bodies.map(([body, bytes]) => ({ type, headers, body, bytes })),
  );

  it.each(cases)("is named though it stays open: $type with $body", async ({ headers, bytes }) => {
    const { sink } = await rig.link((stream) => {
      stream.respond({ ":status": 200, ...headers });
      if (bytes.length > 0) stream.write(bytes);
    });
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject(noGrpc("CONTENT_TYPE"));
    expect(sink.messages).toEqual([]);
  });

  it.each(cases)("is named when it ends: $type with $body", async ({ headers, bytes }) => {
    const { sink } = await rig.link((stream) => {
      stream.respond({ ":status": 200, ...headers });
      stream.end(bytes);
    });
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject(noGrpc("CONTENT_TYPE"));
    expect(sink.messages).toEqual([]);
  });

  it.each([404, 502, 503])("is not needed for a page with HTTP %i that stays open", async (status) => {
    const { sink } = await rig.link((stream) => {
      stream.respond({ ":status": status, "content-type": "text/html" });
      stream.write("<html><body>Sorry</body></html>");
    });
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject([{ failure: { code: `HTTP_${status}` } }]);
  });
});

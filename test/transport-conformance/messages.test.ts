/** Messages: their order, whatever the chunks; their limits; and bytes that are no message. */
import { gzipSync } from "node:zlib";
import { toBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { StreamMessageSchema } from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { eventually } from "../support/until.js";
import {
  answer,
  first,
  frame,
  frameOf,
  Inbox,
  idOf,
  maxMessageBytes,
  ofSize,
  request,
} from "./kit/messages.js";
import { Recorder } from "./kit/recorder.js";
import { grpcHeaders, respondWithTrailers } from "./kit/scripted-server.js";
import { conformance } from "./kit/suite.js";

const ids = (count: number, prefix = ""): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

conformance("messages", (rig) => {
  it("delivers thousands in order", async () => {
    const expected = ids(3_000);
    const { sink } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      for (const id of expected) stream.write(frame(request(id, 100)));
    });
    await eventually(() => sink.messages.length === expected.length);
    expect(sink.ids).toEqual(expected);
  });

  it("sends thousands in order, with what is sent in a turn together", async () => {
    const expected = ids(3_000);
    const inbox = new Inbox();
    const { stream } = await rig.link((peer) => {
      peer.respond(grpcHeaders);
      peer.on("data", (chunk: Buffer) => inbox.push(chunk));
    });
    for (const id of expected) stream.send(answer(id, 100));
    await eventually(() => inbox.messages.length === expected.length + 1);
    expect(inbox.messages[0]).toEqual(first);
    expect(inbox.ids).toEqual(expected);
  });

  it.each([1, 3, 7, 4_096])("takes chunks that end anywhere: every %i bytes", async (size) => {
    const expected = ids(12);
    const bytes = Buffer.concat(expected.map((id) => frame(request(id, size === 4_096 ? 3_000 : 20))));
    const { sink } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      const next = (from: number) => {
        if (from < bytes.length) stream.write(bytes.subarray(from, from + size), () => next(from + size));
      };
      next(0);
    });
    await eventually(() => sink.messages.length === expected.length);
    expect(sink.ids).toEqual(expected);
  });

  it("keeps streams of one connection apart", async () => {
    const inboxes: Inbox[] = [];
    const server = await rig.server((peer) => {
      const inbox = new Inbox();
      inboxes.push(inbox);
      peer.respond(grpcHeaders);
      peer.on("data", (chunk: Buffer) => {
        const known = inbox.ids.length;
        inbox.push(chunk);
        for (const id of inbox.ids.slice(known)) peer.write(frame(request(id)));
      });
    });
    const transport = rig.transport(server.port);
    const links = await Promise.all([1, 2, 3, 4, 5].map(() => rig.open(transport)));
    for (const round of ids(200))
      for (const [number, { stream }] of links.entries()) stream.send(answer(`${number}-${round}`));
    await eventually(() => links.every(({ sink }) => sink.messages.length === 200));
    for (const [number, { sink }] of links.entries()) expect(sink.ids).toEqual(ids(200, `${number}-`));
    expect(server.accepted).toBe(1);
  });

  it("delivers an empty message", async () => {
    const { sink } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      stream.write(frameOf(new Uint8Array()));
    });
    await eventually(() => sink.messages.length === 1);
    expect(sink.messages).toMatchObject([{ message: { case: undefined } }]);
  });

  it("delivers all that came before a clean end", async () => {
    const expected = ids(500);
    const { sink } = await rig.link((stream) => {
      respondWithTrailers(stream, { "grpc-status": "0" });
      stream.end(Buffer.concat(expected.map((id) => frame(request(id)))));
    });
    await eventually(() => sink.endings.length === 1);
    expect(sink.ids).toEqual(expected);
    expect(sink.endings).toEqual([{ by: "peer", failure: { cause: "server-closed" } }]);
  });

  it("delivers all that came before an error status", async () => {
    const expected = ids(5);
    const { sink } = await rig.link((stream) => {
      respondWithTrailers(stream, { "grpc-status": "9" });
      stream.end(Buffer.concat(expected.map((id) => frame(request(id)))));
    });
    await eventually(() => sink.endings.length === 1);
    if (rig.lacks("messagesBeforeError")) expect(expected.slice(0, sink.ids.length)).toEqual(sink.ids);
    else expect(sink.ids).toEqual(expected);
    expect(sink.endings).toMatchObject([{ by: "peer", failure: { code: "FAILED_PRECONDITION" } }]);
  });
});

conformance("limits of messages", (rig) => {
  it("delivers a message of exactly 4 MiB", async () => {
    const { sink } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      stream.write(frame(ofSize(request, maxMessageBytes)));
    });
    await eventually(() => sink.messages.length === 1);
    expect(sink.endings).toEqual([]);
  });

  it("refuses a message as soon as its length is told, when the sink cannot be told of it", async () => {
    const sink = new Recorder();
    Object.defineProperty(sink, "oversized", { value: undefined });
    const server = await rig.server((stream) => {
      stream.respond(grpcHeaders);
      stream.write(Buffer.from([0, 0x7f, 0, 0, 0, 1, 2, 3]));
    });
    await rig.open(rig.transport(server.port), { sink });
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject([{ by: "link", failure: { cause: "message-too-large" } }]);
  });

  it("sends a message of exactly 4 MiB", async () => {
    const inbox = new Inbox();
    const { sink, stream } = await rig.link((peer) => {
      peer.respond(grpcHeaders);
      peer.on("data", (chunk: Buffer) => inbox.push(chunk));
    });
    const largest = ofSize(answer, maxMessageBytes);
    stream.send(largest);
    await eventually(() => inbox.messages.length === 2);
    expect(toBinary(StreamMessageSchema, inbox.messages[1] ?? first).length).toBe(maxMessageBytes);
    expect(sink.endings).toEqual([]);
  });

  it("ends a stream that is to send one byte more, and sends nothing of it", async () => {
    const inbox = new Inbox();
    const { sink, stream, transport } = await rig.link((peer) => {
      peer.respond(grpcHeaders);
      peer.on("data", (chunk: Buffer) => inbox.push(chunk));
    });
    await eventually(() => inbox.messages.length === 1);
    stream.send(ofSize(answer, maxMessageBytes + 1));
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject([{ by: "local", failure: { cause: "message-too-large" } }]);
    expect(stream.send(answer("late"))).toBe(false);
    expect(transport.channels()).toMatchObject([{ state: "ready", streams: 0 }]);
    expect(inbox.messages.map(idOf)).toEqual([""]);
  });
});

conformance("bytes that are no message", (rig) => {
  /** How a stream ends whose peer answers with these bytes and leaves it open. */
  const endingAfter = async (bytes: Buffer, headers: Record<string, string> = {}) => {
    const { sink, transport } = await rig.link((stream) => {
      stream.respond({ ...grpcHeaders, ...headers });
      stream.write(bytes);
    });
    await eventually(() => sink.endings.length === 1);
    await eventually(() => transport.channels()[0]?.streams === 0);
    return sink;
  };

  it("refuses a compressed message where none was agreed on", async () => {
    const body = gzipSync(toBinary(StreamMessageSchema, request("zipped")));
    const sink = await endingAfter(frameOf(body, 1));
    expect(sink.messages).toEqual([]);
    expect(sink.endings).toMatchObject([{ failure: { cause: "wrong-protocol" } }]);
  });

  it("takes compression only when its library offers it", async () => {
    const body = gzipSync(toBinary(StreamMessageSchema, request("zipped")));
    const { sink } = await rig.link((stream) => {
      stream.respond({ ...grpcHeaders, "grpc-encoding": "gzip" });
      stream.write(frameOf(body, 1));
    });
    await eventually(() => sink.endings.length + sink.messages.length === 1);
    if (rig.lacks("noCompression")) expect(sink.ids).toEqual(["zipped"]);
    else expect(sink.endings).toMatchObject([{ failure: { cause: "wrong-protocol" } }]);
  });

  it("ends at a message that cannot be decoded", async () => {
    const sink = await endingAfter(frameOf(Buffer.from([0x1a, 0xff, 0x01])));
    expect(sink.messages).toEqual([]);
    expect(sink.endings).toMatchObject([{ failure: { cause: "wrong-protocol" } }]);
  });

  it("ends at a frame that is none", async () => {
    const { sink } = await rig.link((stream) => {
      respondWithTrailers(stream, { "grpc-status": "0" });
      stream.end(frameOf(toBinary(StreamMessageSchema, request("odd")), 7));
    });
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject([{ failure: { cause: "wrong-protocol" } }]);
  });

  it("notices a message that is cut short by a clean end", async () => {
    const { sink } = await rig.link((stream) => {
      respondWithTrailers(stream, { "grpc-status": "0" });
      stream.end(frame(request("whole", 50)).subarray(0, 20));
    });
    await eventually(() => sink.endings.length === 1);
    expect(sink.messages).toEqual([]);
    expect(sink.endings).toMatchObject([{ failure: { cause: "wrong-protocol" } }]);
  });
});

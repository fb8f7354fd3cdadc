/** Messages beyond the limit: read past and told of by what is left of them, while the stream and its neighbours go on. */
import { create, toBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import {
  ExecuteRequestSchema,
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { eventually } from "../support/until.js";
import { frame, frameOf, maxMessageBytes, ofSize, request } from "./kit/messages.js";
import { Recorder } from "./kit/recorder.js";
import { grpcHeaders } from "./kit/scripted-server.js";
import { conformance, turns } from "./kit/suite.js";

function varint(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low | 0x80, ...varint(Math.floor(value / 128))];
}

const sizeOf = (message: StreamMessage): number => toBinary(StreamMessageSchema, message).length;

/** An execute request with its fields in the order of the numbers given. */
function requestInOrder(order: readonly number[], payloadBytes: number): Buffer {
  const parts: Record<number, Uint8Array> = {
    1: toBinary(ExecuteRequestSchema, create(ExecuteRequestSchema, { requestId: "late-id" })),
    2: toBinary(
      ExecuteRequestSchema,
      create(ExecuteRequestSchema, { payload: new Uint8Array(payloadBytes) }),
    ),
    4: toBinary(ExecuteRequestSchema, create(ExecuteRequestSchema, { context: { a: "b" } })),
  };
  const body = Buffer.concat(order.map((number) => parts[number] ?? Buffer.alloc(0)));
  return Buffer.concat([Buffer.from([0x1a, ...varint(body.length)]), body]);
}

const head = (bytes: number): Buffer => {
  const made = Buffer.alloc(5);
  made.writeUInt32BE(bytes, 1);
  return made;
};

/** The beginning of a request that says of itself what its frame says. */
const beginning = (requestId: string, bytes: number): Buffer => {
  const id = toBinary(ExecuteRequestSchema, create(ExecuteRequestSchema, { requestId }));
  const inner = varint(bytes - 1 - varint(bytes - 6).length);
  return Buffer.concat([head(bytes), Buffer.from([0x1a, ...inner]), id]);
};

conformance("messages beyond the limit", (rig) => {
  it.each([1, 1_000, maxMessageBytes])("reads past a request of %i bytes more and goes on", async (more) => {
    const big = request("big", maxMessageBytes + more);
    const { sink } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      for (const message of [request("before"), big, request("after")]) stream.write(frame(message));
    });
    await eventually(() => sink.messages.length + sink.endings.length === 2);
    expect(sink.ids).toEqual(["before", "after"]);
    expect(sink.skipped).toEqual([{ id: "big", bytes: sizeOf(big) }]);
    expect(sink.endings).toEqual([]);
  });

  it("reads past one byte more", async () => {
    const { sink } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      stream.write(Buffer.concat([frame(ofSize(request, maxMessageBytes + 1)), frame(request("after"))]));
    });
    await eventually(() => sink.messages.length + sink.endings.length === 1);
    expect(sink.ids).toEqual(["after"]);
    expect(sink.skipped).toEqual([{ id: "", bytes: maxMessageBytes + 1 }]);
  });

  it.each([[[1, 2, 4]], [[2, 1, 4]], [[4, 2, 1]], [[2, 4, 1]]])(
    "finds the id wherever it is: fields %j",
    async (order) => {
      const bytes = frameOf(requestInOrder(order, maxMessageBytes + 10));
      const { sink } = await rig.link((stream) => {
        stream.respond(grpcHeaders);
        stream.write(Buffer.concat([bytes, bytes, frame(request("after"))]));
      });
      await eventually(() => sink.messages.length + sink.endings.length === 1);
      expect(sink.skipped.map(({ id }) => id)).toEqual(["late-id", "late-id"]);
      expect(sink.ids).toEqual(["after"]);
    },
  );

  it("takes chunks that end anywhere", async () => {
    const bytes = Buffer.concat([
      frame(request("before")),
      frame(request("big", maxMessageBytes + 1)),
      frame(request("after")),
    ]);
    const { sink } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      const cuts = [...Array.from({ length: 60 }, (_, at) => at), 100_000];
      for (let back = 40; back >= 0; back -= 1) cuts.push(bytes.length - back);
      const next = (index: number) => {
        const from = cuts[index];
        if (from !== undefined && from < bytes.length)
          stream.write(bytes.subarray(from, cuts[index + 1]), () => setImmediate(() => next(index + 1)));
      };
      next(0);
    });
    await eventually(() => sink.messages.length + sink.endings.length === 2);
    expect(sink.ids).toEqual(["before", "after"]);
    expect(sink.skipped.map(({ id }) => id)).toEqual(["big"]);
  });

  it("leaves the streams beside it alone", async () => {
    const server = await rig.server((stream) => {
      stream.respond(grpcHeaders);
      stream.write(frame(request("first")));
      stream.on("data", () => stream.write(frame(request("big", maxMessageBytes + 1))));
    });
    const transport = rig.transport(server.port);
    const links = await Promise.all([rig.open(transport), rig.open(transport)]);
    await eventually(() => links.every(({ sink }) => sink.skipped.length === 1));
    for (const { sink } of links) expect(sink.endings).toEqual([]);
    expect(server.accepted).toBe(1);
  });

  it("holds nothing of a long one", async () => {
    const bytes = 200 * 1024 * 1024;
    const piece = Buffer.alloc(1024 * 1024);
    const id = beginning("long", bytes);
    const payload = Buffer.from([0x12, ...varint(bytes - id.length)]);
    const rest = bytes - (id.length - 5) - payload.length;
    payload.set(varint(rest), 1);
    let most = 0;
    const { sink } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      stream.write(Buffer.concat([id, payload]));
      let left = rest;
      const next = () => {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        if (left === 0) return void stream.write(frame(request("after")));
        const part = piece.subarray(0, Math.min(left, piece.length));
        left -= part.length;
        stream.write(part, next);
      };
      next();
    });
    const before = process.memoryUsage().arrayBuffers;
    await eventually(() => sink.messages.length + sink.endings.length === 1);
    expect(sink.skipped).toEqual([{ id: "long", bytes }]);
    expect(sink.ids).toEqual(["after"]);
    expect(most - before).toBeLessThan(100 * 1024 * 1024);
  });

  it.each([maxMessageBytes + 1, 300 * 1024 * 1024, 2 ** 32 - 1])(
    "tells the id of a request of %i bytes at once, though nothing more comes",
    async (bytes) => {
      const { sink, transport } = await rig.link((stream) => {
        stream.respond(grpcHeaders);
        stream.write(beginning("lie", bytes));
      });
      await eventually(() => sink.skipped.length + sink.endings.length === 1);
      await turns();
      expect(sink.skipped).toEqual([{ id: "lie", bytes }]);
      expect(sink.endings).toEqual([]);
      expect(transport.channels()).toMatchObject([{ state: "ready", streams: 1 }]);
    },
  );

  it.each([
    ["zeros", Buffer.alloc(maxMessageBytes + 1)],
    ["text", Buffer.alloc(maxMessageBytes + 7, "no message at all ")],
    ["ones", Buffer.alloc(maxMessageBytes + 100, 0xff)],
  ])("reads past what is no message, to its announced end: %s", async (_name, body) => {
    const { sink } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      for (const bytes of [frameOf(body), frame(request("after"))]) stream.write(bytes);
    });
    await eventually(() => sink.messages.length + sink.endings.length === 1);
    expect(sink.ids).toEqual(["after"]);
    expect(sink.skipped).toEqual([{ id: "", bytes: body.length }]);
  });

  it("tells the id of a request whose length swallows what follows", async () => {
    const lie = frame(request("short", 10));
    lie.writeUInt32BE(maxMessageBytes + 1, 1);
    const rest = maxMessageBytes + 1 - (lie.length - 5);
    const { sink } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      const swallowed = Buffer.concat([frame(request("swallowed")), Buffer.alloc(rest)]).subarray(0, rest);
      stream.write(Buffer.concat([lie, swallowed, frame(request("after"))]));
    });
    await eventually(() => sink.messages.length + sink.endings.length === 1);
    expect(sink.skipped).toEqual([{ id: "short", bytes: maxMessageBytes + 1 }]);
    expect(sink.ids).toEqual(["after"]);
  });

  it("ends a stream whose sink cannot be told", async () => {
    const sink = new Recorder();
    Object.defineProperty(sink, "oversized", { value: undefined });
    const server = await rig.server((stream) => {
      stream.respond(grpcHeaders);
      stream.write(frame(ofSize(request, maxMessageBytes + 1)));
    });
    await rig.open(rig.transport(server.port), { sink });
    await eventually(() => sink.endings.length === 1);
    expect(sink.messages).toEqual([]);
    expect(sink.endings).toMatchObject([{ by: "link", failure: { cause: "message-too-large" } }]);
  });
});

/** The hand-written codec and framing of the lean transport against Protobuf-ES, which is always right. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ExecuteRequestSchema,
  ExecuteResponseSchema,
  HeartbeatRequestSchema,
  HeartbeatResponseSchema,
  type PayloadEncoding,
  type StreamMessage,
  StreamMessageSchema,
  WebSocketFrameSchema,
  type WebSocketFrameType,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { decodeStreamMessage } from "../../src/protocol/message-decoder.js";
import { MessageWriter } from "../../src/protocol/message-writer.js";
import { TextResponse } from "../../src/protocol/text-response.js";
import { FrameReader } from "../../src/transport/http2/frame-reader.js";
import { bothAgree, bytes, framed, strayField, text } from "./codec-cases.js";

/** Numbers that no version knows as well. */
const encoding = fc.constantFrom<PayloadEncoding[]>(
  ...([0, 1, 2, 3, 99, 127, 128, 300, -1] as PayloadEncoding[]),
);
const request = fc.record({
  requestId: text,
  payload: bytes,
  payloadEncoding: encoding,
  context: fc
    .array(
      fc.tuple(
        text.filter((key) => key !== "__proto__"),
        text,
      ),
      { maxLength: 4 },
    )
    .map(Object.fromEntries),
  capabilityId: text,
});

/** A frame of a relayed WebSocket; of types that no version knows as well. */
const relayed = fc
  .record({
    connectionId: text,
    frameType: fc.constantFrom<WebSocketFrameType[]>(
      ...([0, 1, 2, 3, 4, 99, 127, 128, 300, -1] as WebSocketFrameType[]),
    ),
    data: fc.oneof(
      bytes,
      fc.nat(255).map((byte) => new Uint8Array(70_000).fill(byte)),
    ),
  })
  .map((value) =>
    create(StreamMessageSchema, {
      message: { case: "wsFrame", value: create(WebSocketFrameSchema, value) },
    }),
  );

const streamMessage = (value: MessageInitShape<typeof ExecuteRequestSchema>): Uint8Array =>
  toBinary(
    StreamMessageSchema,
    create(StreamMessageSchema, {
      message: { case: "executeRequest", value: create(ExecuteRequestSchema, value) },
    }),
  );

const timestampMs = fc.oneof(
  fc.constantFrom(0n, 1n, 127n, 128n, -1n, 2n ** 49n - 1n, 2n ** 49n, 2n ** 53n - 1n, 2n ** 53n),
  fc.bigInt({ min: 1_700_000_000_000n, max: 1_900_000_000_000n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

/** A heartbeat or its answer. */
const heartbeat = fc
  .record({ gatewayId: fc.oneof(fc.constant(""), text), timestampMs, shouldReconnect: fc.boolean() })
  .chain((value) =>
    fc.constantFrom(
      create(StreamMessageSchema, {
        message: { case: "heartbeatResponse", value: create(HeartbeatResponseSchema, value) },
      }),
      create(StreamMessageSchema, {
        message: { case: "heartbeatRequest", value: create(HeartbeatRequestSchema, value) },
      }),
    ),
  );

/** Parts of an execute request as one field of a stream message. */
function wrapped(...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let rest = body.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  length.push(rest);
  return Buffer.concat([Buffer.from([0x1a, ...length]), body]);
}

describe("decoding", () => {
  it("agrees with Protobuf-ES on every execute request", () => {
    fc.assert(
      fc.property(request, (value) => bothAgree(streamMessage(value))),
      { numRuns: 500 },
    );
  });

  it("agrees with Protobuf-ES on every relayed frame, whole, followed by something, and cut short", () => {
    fc.assert(
      fc.property(relayed, strayField, fc.nat(), fc.nat(255), (value, stray, where, byte) => {
        const message = Buffer.from(toBinary(StreamMessageSchema, value));
        bothAgree(message);
        bothAgree(Buffer.concat([message, stray]));
        bothAgree(Buffer.concat([message, message]));
        bothAgree(message.subarray(0, where % message.length));
        message[where % Math.min(message.length, 40)] = byte;
        bothAgree(message);
      }),
      { numRuns: 500 },
    );
    const { message } = decodeStreamMessage(Buffer.from([0x6a, 4, 0x0a, 2, 0x61, 0x62]), 0, 6);
    expect(message).toMatchObject({ case: "wsFrame", value: { connectionId: "ab", frameType: 0 } });
  });

  it("agrees with Protobuf-ES on every heartbeat and answer, whole, followed by something, and cut short", () => {
    fc.assert(
      fc.property(heartbeat, strayField, fc.nat(), fc.nat(255), (value, stray, where, byte) => {
        const message = Buffer.from(toBinary(StreamMessageSchema, value));
        bothAgree(message);
        bothAgree(Buffer.concat([message, stray]));
        bothAgree(Buffer.concat([message, message]));
        bothAgree(message.subarray(0, where % message.length));
        message[where % message.length] = byte;
        bothAgree(message);
      }),
      { numRuns: 500 },
    );
  });

  it("agrees on messages with unknown fields, repeated fields and two requests that merge", () => {
    const body = (value: MessageInitShape<typeof ExecuteRequestSchema>) =>
      toBinary(ExecuteRequestSchema, create(ExecuteRequestSchema, value));
    fc.assert(
      fc.property(request, request, strayField, (one, two, stray) => {
        bothAgree(wrapped(body(one), stray));
        bothAgree(wrapped(body(one), body(two)));
        bothAgree(Buffer.concat([streamMessage(one), streamMessage(two)]));
        bothAgree(Buffer.concat([streamMessage(one), stray]));
      }),
      { numRuns: 300 },
    );
  });

  it("agrees on every message that was cut short or has a wrong byte", () => {
    fc.assert(
      fc.property(request, fc.nat(), fc.nat(255), fc.boolean(), (value, where, byte, cut) => {
        const message = Buffer.from(streamMessage(value));
        const at = message.length === 0 ? 0 : where % message.length;
        if (cut) return bothAgree(message.subarray(0, at));
        if (message.length > 0) message[at] = byte;
        bothAgree(message);
      }),
      { numRuns: 2_000 },
    );
  });

  it("agrees on fields that this version does not know, to the kind of their bytes", () => {
    bothAgree(new Uint8Array([24, 0, 250, 1, 3, 0, 0, 0]));
  });

  it("agrees on bytes of any kind", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), bothAgree), { numRuns: 2_000 });
  });

  it("gives an own property for the key __proto__, and no other prototype", () => {
    const entry = Buffer.from([0x0a, 9, ...Buffer.from("__proto__"), 0x12, 1, 0x78]);
    const body = Buffer.concat([Buffer.from([0x22, entry.length]), entry]);
    const message = Buffer.concat([Buffer.from([0x1a, body.length]), body]);
    bothAgree(message);
    const { message: decoded } = decodeStreamMessage(message, 0, message.length);
    if (decoded.case !== "executeRequest") throw new Error("another kind");
    expect([Object.prototype, null]).toContain(Object.getPrototypeOf(decoded.value.context));
  });
});

const answer = fc.record({
  requestId: text,
  success: fc.boolean(),
  payload: fc.oneof(
    bytes,
    fc.nat(255).map((byte) => new Uint8Array(70_000).fill(byte)),
  ),
  payloadEncoding: encoding,
  error: text,
  durationMs: fc.oneof(
    fc.bigInt({ min: 0n, max: 300n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(2n ** 31n - 1n, 2n ** 31n),
  ),
});

/** A result whose JSON is still text, beside the same with bytes. */
const short = fc
  .tuple(
    text,
    // JSON is never empty.
    fc
      .oneof(text, fc.string({ unit: "grapheme" }), fc.constantFrom("\uD800", "\u{1F701}", "\u6F22"))
      .filter((json) => json !== ""),
    fc.oneof(fc.nat(300), fc.double({ min: 0, max: 5, noNaN: true }), fc.constantFrom(2 ** 31 - 1, 2 ** 31)),
  )
  .map(([requestId, payload, ms]) => ({
    ours: {
      $typeName: "matrix.connectors.v1.StreamMessage",
      message: { case: "executeResponse", value: new TextResponse(requestId, payload, ms) },
    } as StreamMessage,
    same: answerMessage({
      requestId,
      success: true,
      payload: new TextEncoder().encode(payload),
      payloadEncoding: 1,
      durationMs: BigInt(Math.trunc(ms)),
    }),
  }));

const answerMessage = (value: MessageInitShape<typeof ExecuteResponseSchema>): StreamMessage =>
  create(StreamMessageSchema, {
    message: { case: "executeResponse", value: create(ExecuteResponseSchema, value) },
  });

describe("encoding", () => {
  it("writes the bytes that Protobuf-ES writes, for every run of messages", () => {
    const writer = new MessageWriter();
    const message = fc.oneof(answer.map(answerMessage), relayed, heartbeat);
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        const lengths = messages.map((one) => writer.append(one));
        const written = Buffer.concat(writer.take());
        const expected = messages.map(framed);
        expect(written.equals(Buffer.concat(expected))).toBe(true);
        expect(lengths).toEqual(expected.map((frame) => frame.length - 5));
      }),
      { numRuns: 300 },
    );
  });

  it("writes a result that is text as one that is bytes, which is also what Protobuf-ES reads from it", () => {
    const writer = new MessageWriter();
    fc.assert(
      fc.property(fc.array(short, { maxLength: 8 }), (results) => {
        const lengths = results.map(({ ours }) => writer.append(ours));
        const expected = results.map(({ same }) => framed(same));
        expect(Buffer.concat(writer.take()).equals(Buffer.concat(expected))).toBe(true);
        expect(lengths).toEqual(expected.map((frame) => frame.length - 5));
        expect(results.map(({ ours }) => framed(ours))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("never writes again over what it has given out", () => {
    const writer = new MessageWriter();
    writer.append(answerMessage({ requestId: "first", success: true }));
    const given = writer.take();
    const before = Buffer.concat(given);
    for (let i = 0; i < 2_000; i += 1)
      writer.append(answerMessage({ requestId: `later-${i}`, payload: Buffer.alloc(100) }));
    expect(Buffer.concat(given).equals(before)).toBe(true);
  });
});

/** Feeds the chunks; stops at each message for which `stops` holds and goes on at once. */
function read(chunks: readonly Buffer[], stops: (count: number) => boolean = () => false) {
  const reader = new FrameReader(1_000);
  const messages: string[] = [];
  let fault: string | undefined;
  for (const chunk of chunks) {
    let stopped = false;
    const take = (from: Buffer, start: number, end: number) => {
      messages.push(from.subarray(start, end).toString("hex"));
      stopped = stops(messages.length);
      return !stopped;
    };
    fault ??= reader.push(chunk, { take });
    while (stopped) {
      stopped = false;
      fault ??= reader.next({ take });
    }
  }
  return { messages, fault, partial: reader.partial };
}

const frame = (body: Uint8Array): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
};

describe("framing", () => {
  it("finds the same messages wherever the chunks are cut, and when it is stopped in between", () => {
    const cuts = fc.array(fc.nat(), { maxLength: 6 });
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(bodies, cuts, fc.nat(3), (all, at, every) => {
        const stream = Buffer.concat(all.map(frame));
        const places = [...new Set(at.map((place) => place % (stream.length + 1)))].sort((a, b) => a - b);
        const chunks = [0, ...places].map((from, i) => stream.subarray(from, places[i] ?? stream.length));
        const expected = all.map((body) => Buffer.from(body).toString("hex"));
        const got = read(chunks, (count) => every > 0 && count % every === 0);
        expect(got).toEqual({ messages: expected, fault: undefined, partial: false });
      }),
      { numRuns: 1_000 },
    );
  });

  it("finds two messages cut at every byte", () => {
    const stream = Buffer.concat([frame(Buffer.from("abc")), frame(Buffer.from("defgh"))]);
    for (let at = 0; at <= stream.length; at += 1)
      expect(read([stream.subarray(0, at), stream.subarray(at)]).messages).toEqual(["616263", "6465666768"]);
    expect(read([...stream].map((byte) => Buffer.from([byte]))).messages).toEqual(["616263", "6465666768"]);
  });

  it("says what is wrong with a frame, before its message has come", () => {
    const head = (flag: number, length: number) => Buffer.from([flag, 0, 0, length >> 8, length & 255]);
    expect(read([head(1, 3)]).fault).toBe("compressed");
    expect(read([head(2, 3)]).fault).toBe("malformed");
    expect(read([head(0, 1_001)]).fault).toBe("too-large");
    expect(read([head(0, 1_000)])).toEqual({ messages: [], fault: undefined, partial: true });
  });
});

/** The hand-written frames and base64 of the WebSocket transport against JSON, Node's base64 and Protobuf-ES. */
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ExecuteResponseSchema,
  HeartbeatRequestSchema,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { readBase64 } from "../../src/protocol/base64.js";
import { encodeStreamMessage } from "../../src/protocol/message-writer.js";
import {
  bytesOf,
  carriedBy,
  FrameWriter,
  frameOf,
  pushedMessage,
} from "../../src/protocol/phoenix-frames.js";
import { TextFrames } from "../../src/transport/websocket/text-frames.js";

const bytes = fc.uint8Array({ maxLength: 400 });
const ascii = (text: string) => Buffer.from(text, "latin1");

/** The texts of masked frames, one after the other. */
function textsOf(wire: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < wire.length; ) {
    expect(wire[at]).toBe(0x81);
    expect((wire[at + 1] ?? 0) & 0x80).toBe(0x80);
    const short = (wire[at + 1] ?? 0) & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    const length =
      extended === 0 ? short : wire.readUIntBE(at + 2 + Math.max(0, extended - 6), Math.min(6, extended));
    const key = wire.subarray(at + 2 + extended, at + 6 + extended);
    const from = at + 6 + extended;
    const text = Buffer.from(wire.subarray(from, from + length));
    for (let i = 0; i < text.length; i += 1) text[i] = (text[i] ?? 0) ^ (key[i & 3] ?? 0);
    texts.push(text.toString("utf8"));
    at = from + length;
  }
  return texts;
}

describe("a frame with a message", () => {
  it("is the JSON that Phoenix reads, masked, whatever its length", () => {
    const messages = fc.array(bytes, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(messages, (some) => {
        const [frames, writer] = [new TextFrames(), new FrameWriter()];
        writer.join();
        for (const one of some) frames.append(writer.beforeData(), one, FrameWriter.afterData);
        const read = textsOf(Buffer.concat(frames.take()));
        expect(read.map((text) => JSON.parse(text))).toEqual(
          some.map((one, i) => [
            "1",
            String(i + 2),
            "connector:lobby",
            "proto",
            { data: Buffer.from(one).toString("base64") },
          ]),
        );
      }),
    );
  });

  it.each([0, 30, 31, 32, 33, 49_000, 49_100, 200_000])("of %i bytes has the right length", (size) => {
    const frames = new TextFrames();
    const message = Buffer.alloc(size, 0xa7);
    frames.append("<", message, ">");
    expect(frames.waiting).toBeGreaterThan(size);
    expect(textsOf(Buffer.concat(frames.take()))).toEqual([`<${message.toString("base64")}>`]);
    expect(frames.waiting).toBe(0);
  });

  it("stays with its socket where several write in turns, in one chunk where one writes alone", () => {
    const [a, b] = [new TextFrames(), new TextFrames()];
    for (const n of [1, 2, 3]) {
      a.append(`a${n}:`, Buffer.from([n]), "");
      b.append(`b${n}:`, Buffer.from([n]), "");
    }
    const read = (frames: TextFrames) =>
      textsOf(Buffer.concat(frames.take())).map((text) => text.slice(0, 2));
    expect(read(a)).toEqual(["a1", "a2", "a3"]);
    expect(read(b)).toEqual(["b1", "b2", "b3"]);
    a.append("", Buffer.from([1]), "");
    a.append("", Buffer.from([2]), "");
    expect(a.take()).toHaveLength(1);
  });
});

describe("base64", () => {
  it("is read as Node reads it, and nothing else is", () => {
    const any = fc.oneof(
      bytes.map((some) => Buffer.from(some).toString("base64")),
      fc.string({ unit: fc.constantFrom("A", "/", "+", "=", "z", "-", '"', "é"), maxLength: 12 }),
    );
    fc.assert(
      fc.property(any, (text) => {
        const read = readBase64(ascii(`__${text}__`), 2, 2 + text.length);
        expect(read && Buffer.from(read)).toEqual(bytesOf(text));
      }),
    );
  });
});

describe("a frame of a peer", () => {
  const ref = fc.oneof(fc.constant(null), fc.nat().map(String));
  const plain = fc.tuple(ref, ref, fc.constant("connector:lobby"), fc.constant("proto"));

  it("with a message is read as JSON would be", () => {
    fc.assert(
      fc.property(plain, bytes, (head, some) => {
        const frame = ascii(JSON.stringify([...head, { data: Buffer.from(some).toString("base64") }]));
        expect(pushedMessage(frame)).toEqual(Buffer.from(some));
      }),
    );
  });

  it.each([
    '["1",null,"connector:lobby","phx_reply",{"data":"AAAA"}]',
    '["1",null,"connector:other","proto",{"data":"AAAA"}]',
    '["1",null,"connector:lobby","proto",{"data":"AA\\/A"}]',
    '["1",null,"connector:lobby","proto",{"data":"AAA"}]',
    '["1",null,"connector:lobby","proto",{"data":"AAAA","more":"x"}]',
    '["1",null,"connector:lobby","proto",{"more":1,"data":"AAAA"}]',
    '["1", null, "connector:lobby", "proto", {"data": "AAAA"}]',
    '[{"data":"x"},null,"connector:lobby","proto",{"data":"AAAA"}]',
    '["1",null,"connector:lobby","proto",{"data":"AAAA"}',
    '"}]',
    "",
  ])("that is written otherwise is left to JSON: %s", (text) => {
    expect(pushedMessage(ascii(text))).toBeUndefined();
  });

  it("with an escape is still read", () => {
    const frame = frameOf('["1",null,"connector:lobby","proto",{"data":"AA\\/A"}]');
    expect(frame && carriedBy(frame)).toBe("AA/A");
  });
});

it("a message is the bytes of Protobuf-ES", () => {
  const value = create(ExecuteResponseSchema, { requestId: "r", success: true, payload: Buffer.from("7") });
  const messages = [
    create(StreamMessageSchema, { message: { case: "executeResponse", value } }),
    create(StreamMessageSchema, {
      message: { case: "heartbeatRequest", value: create(HeartbeatRequestSchema, { timestampMs: 5n }) },
    }),
    create(StreamMessageSchema),
  ];
  for (const one of messages)
    expect(Buffer.from(encodeStreamMessage(one))).toEqual(Buffer.from(toBinary(StreamMessageSchema, one)));
});

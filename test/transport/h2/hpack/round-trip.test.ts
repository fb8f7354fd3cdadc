/** Header lists, packed in every way by other encoders, come out as they went in. */
import { once } from "node:events";
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  sensitiveHeaders,
} from "node:http2";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HpackError } from "../../../../src/transport/h2/hpack/error.js";
import { HeaderDecoder } from "../../../../src/transport/h2/hpack/header-decoder.js";
import { encodeHeaders } from "../../../../src/transport/h2/hpack/header-encoder.js";
import type { HeaderField } from "../../../../src/transport/h2/hpack/header-field.js";
import { AnyEncoder, type Choice } from "../support/any-encoder.js";
import { flags, headers, preface, readFrames, settings, settingsAck, types } from "../support/frames.js";

const octets = fc.string({ unit: fc.nat(255).map((octet) => String.fromCharCode(octet)), maxLength: 200 });
const names = fc.constantFrom(":status", "content-type", "grpc-status", "x", "authorization", "set-cookie");
const field = fc.record({
  name: fc.oneof(names, octets),
  value: fc.oneof(fc.constantFrom("", "200", "0", "application/grpc"), octets),
});
const choice: fc.Arbitrary<Choice> = fc.record({
  how: fc.constantFrom("index", "add", "once", "never"),
  refers: fc.boolean(),
  huffmanName: fc.boolean(),
  huffmanValue: fc.boolean(),
});
const tableBytes = fc.constantFrom(0, 64, 300, 4096, 10_000);
const block = fc.record({
  sizes: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 2 }),
  fields: fc.array(fc.tuple(field, choice), { maxLength: 12 }),
});
const large = { maxListBytes: 2 ** 20 };

describe("what another encoder packed", () => {
  it("comes out as it went in, block after block", () => {
    fc.assert(
      fc.property(tableBytes, fc.array(block, { maxLength: 8 }), (most, blocks) => {
        const encoder = new AnyEncoder(Math.min(most, 4096));
        const decoder = new HeaderDecoder({ tableBytes: most, ...large });
        for (const { sizes, fields } of blocks) {
          const resized = sizes.map((size) => encoder.resize(Math.floor(size * most)));
          const packed = Buffer.concat([...resized, ...fields.map(([one, how]) => encoder.field(one, how))]);
          expect(decoder.decode(packed, 0, packed.length)).toEqual(fields.map(([one]) => one));
          expect(decoder.tableBytes).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it("comes out, or is refused in words, whatever the bytes are", () => {
    fc.assert(
      fc.property(
        tableBytes,
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }),
        (most, blocks) => {
          const decoder = new HeaderDecoder({ tableBytes: most, ...large });
          for (const bytes of blocks) {
            try {
              decoder.decode(Buffer.from(bytes), 0, bytes.length);
            } catch (error) {
              expect(error).toBeInstanceOf(HpackError);
              return;
            }
            expect(decoder.tableBytes).toBeLessThanOrEqual(most);
          }
        },
      ),
    );
  });
});

it("what our encoder packs comes out as it went in", () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 12 }), (fields) => {
      const packed = encodeHeaders(fields);
      expect(new HeaderDecoder(large).decode(packed, 0, packed.length)).toEqual(fields);
    }),
  );
});

/** Octets that Node lets into a value. */
const allowed = [...Array(256).keys()].filter((octet) => octet === 9 || (octet >= 32 && octet !== 127));
const nodeValue = fc.oneof(
  fc.constantFrom("gzip", "0", "application/grpc"),
  // Much that is short in Huffman code beside what is long in it, or it would go out as it is.
  fc
    .array(fc.constantFrom(...allowed), { minLength: 1, maxLength: 20 })
    .map((list) => `${"e".repeat(list.length * 8)}${String.fromCharCode(...list)}e`),
);
const nodeName = fc.oneof(
  fc.constantFrom("server", "grpc-status", "content-encoding", "x-a"),
  fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,30}$/).map((name) => `x${name}`),
);
const nodeHeaders = fc.dictionary(nodeName, nodeValue, { maxKeys: 8, noNullPrototype: true });

describe("with node:http2 as the peer", () => {
  let server: Http2Server;
  const asked: IncomingHttpHeaders[] = [];
  let answers: OutgoingHttpHeaders[] = [];

  beforeAll(async () => {
    server = createServer();
    server.on("stream", (stream, given) => {
      asked.push(given);
      stream.on("error", () => {});
      stream.respond({ ":status": 200, ...answers.shift() }, { endStream: true });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** The payloads of the HEADERS that answer requests with these blocks. */
  async function answered(tableSize: number, blocks: readonly Buffer[]): Promise<readonly Buffer[]> {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const greeting = Buffer.concat([Buffer.from(preface), settings([1, tableSize]), settingsAck]);
    // The next is asked when the one before was answered, so that the order is known.
    let next = 0;
    const ask = () => socket.write(headers(2 * next + 1, blocks[next++] as Buffer, flags.end));
    socket.write(greeting);
    ask();
    let bytes = Buffer.alloc(0);
    const payloads: Buffer[] = [];
    for await (const part of socket) {
      bytes = Buffer.concat([bytes, part as Buffer]);
      for (;;) {
        const length = bytes.length < 9 ? Number.POSITIVE_INFINITY : 9 + bytes.readUIntBE(0, 3);
        if (bytes.length < length) break;
        const [frame] = readFrames(bytes.subarray(0, length));
        bytes = bytes.subarray(length);
        if (frame?.type !== types.HEADERS) continue;
        expect(frame.flags & flags.endHeaders).toBe(flags.endHeaders);
        payloads.push(frame.payload);
        if (next === blocks.length) return payloads;
        ask();
      }
    }
    throw new Error("the server hung up");
  }

  const request: readonly HeaderField[] = [
    { name: ":method", value: "GET" },
    { name: ":scheme", value: "http" },
    { name: ":path", value: "/" },
    { name: ":authority", value: "a" },
  ];

  it.each([0, 100, 4096])("reads what it packs with a table of %i bytes", async (tableSize) => {
    const property = fc.asyncProperty(
      fc.array(nodeHeaders, { minLength: 1, maxLength: 8 }),
      async (lists) => {
        answers = lists.map((list) => ({ ...list }));
        const payloads = await answered(
          tableSize,
          lists.map(() => encodeHeaders(request)),
        );
        const decoder = new HeaderDecoder({ tableBytes: tableSize, ...large });
        for (const [place, payload] of payloads.entries()) {
          const fields = decoder.decode(payload, 0, payload.length);
          if (fields === "too-large") throw new Error("too large");
          const {
            ":status": code,
            date,
            ...rest
          } = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
          expect([code, typeof date]).toEqual(["200", "string"]);
          expect(rest).toEqual(lists[place]);
          expect(fields).toHaveLength(2 + Object.keys(lists[place] ?? {}).length);
        }
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });

  it("packs what it reads", async () => {
    const property = fc.asyncProperty(nodeHeaders, async (list) => {
      asked.length = 0;
      answers = [];
      const fields = Object.entries(list).map(([name, value]) => ({ name, value: value.trim() }));
      await answered(0, [encodeHeaders([...request, ...fields])]);
      expect(Object.fromEntries(Object.entries(asked[0] ?? {}))).toEqual(
        Object.fromEntries([...request, ...fields].map(({ name, value }) => [name, value])),
      );
    });
    await fc.assert(property, { numRuns: 25 });
  });

  it("tells it what nobody may put into a table", async () => {
    asked.length = 0;
    answers = [];
    const fields = ["authorization", "proxy-authorization", "cookie", "x"].map((name) => ({
      name,
      value: "a",
    }));
    await answered(0, [encodeHeaders([...request, ...fields])]);
    expect(Reflect.get(asked[0] ?? {}, sensitiveHeaders)).toEqual([
      "authorization",
      "proxy-authorization",
      "cookie",
    ]);
  });
});

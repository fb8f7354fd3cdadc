/** Encodings beyond JSON, from end to end and each by itself. */
import { create } from "@bufbuild/protobuf";
import { tableFromJSON, tableToIPC } from "apache-arrow";
import { parquetWriteBuffer } from "hyparquet-writer";
import {
  createRuntime,
  decoded,
  encoded,
  MooringError,
  PayloadEncoding,
  RawAnswer,
  requestResponseConnector,
} from "mooring";
import { startGateway } from "mooring/gateway";
import { Packr } from "msgpackr";
import { describe, expect, expectTypeOf, it, onTestFinished } from "vitest";
import {
  type HeartbeatRequest,
  HeartbeatRequestSchema,
} from "../../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { loadPeer } from "../../../src/optional-peers.js";
import { asked } from "../../support/asked.js";

const { JSON: json, RAW_BYTES, ARROW_IPC, JSON_LINES, PROTOBUF, MSGPACK, PARQUET } = PayloadEncoding;
const rows = [
  { city: "Bern", people: 134_000 },
  { city: "Wien", people: 2_000_000 },
];
const heartbeat = create(HeartbeatRequestSchema, { gatewayId: "g", timestampMs: 7n });
const of = (encoding: PayloadEncoding, bytes: Uint8Array) => asked(undefined, { encoding, bytes });
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

describe("the values of encodings", () => {
  it.each([
    ["JSON", json, { a: [1, null] }],
    ["RAW_BYTES", RAW_BYTES, new Uint8Array([0, 255, 200])],
    ["JSON_LINES", JSON_LINES, [{ a: 1 }, "é"]],
    ["MSGPACK", MSGPACK, { a: [1, null, "é", { b: 1.5 }], bytes: new Uint8Array([0, 255]) }],
    ["ARROW_IPC", ARROW_IPC, rows],
    ["PARQUET", PARQUET, rows],
  ])("[C14 #26] of %s come back as they went", async (_name, encoding, value) => {
    const answer = await encoded(value, encoding);
    expect(answer.encoding).toBe(encoding);
    const back = await decoded(of(encoding, answer.bytes));
    const list = back && typeof back === "object" && "toArray" in back ? [...(back as never)] : back;
    expect(plain(list)).toEqual(plain(value));
  });

  it("of PROTOBUF go by the schema that the author gives", async () => {
    const { bytes } = await encoded(heartbeat, PROTOBUF, { schema: HeartbeatRequestSchema });
    const message = await decoded(of(PROTOBUF, bytes), { schema: HeartbeatRequestSchema });
    expectTypeOf(message).toEqualTypeOf<HeartbeatRequest>();
    expect(message).toEqual(heartbeat);
    await expect(decoded(of(PROTOBUF, bytes))).rejects.toThrow("needs the schema");
  });

  it("are those of other programs", async () => {
    expect(await decoded(of(MSGPACK, new Packr().pack({ a: 1 })))).toEqual({ a: 1 });
    const table = tableFromJSON(rows);
    expect(await decoded(of(ARROW_IPC, tableToIPC(table, "file")))).toMatchObject({ numRows: 2 });
    expect((await encoded(table, ARROW_IPC)).bytes.length).toBeGreaterThan(100);
    const file = parquetWriteBuffer({ columnData: [{ name: "a", data: ["x"] }] });
    expect(await decoded(of(PARQUET, new Uint8Array(file)))).toEqual([{ a: "x" }]);
    const { bytes } = await encoded("text", RAW_BYTES);
    expect(await decoded(of(RAW_BYTES, bytes))).toEqual(new TextEncoder().encode("text"));
  });

  it.each([
    ["MSGPACK", MSGPACK, new Uint8Array([0xdd, 255, 255, 255, 255])],
    ["MSGPACK nested deeply", MSGPACK, new Uint8Array(200_000).fill(0x91)],
    ["ARROW_IPC", ARROW_IPC, new Uint8Array([1, 2, 3])],
    ["PARQUET", PARQUET, new Uint8Array([1, 2, 3])],
    ["PROTOBUF", PROTOBUF, new Uint8Array([255])],
    ["JSON_LINES", JSON_LINES, new Uint8Array([123])],
  ])("are refused where %s is broken", async (_name, encoding, bytes) => {
    await expect(decoded(of(encoding, bytes), { schema: HeartbeatRequestSchema })).rejects.toMatchObject({
      code: "DESERIALIZATION_ERROR",
    });
  });

  it.each([
    ["JSON", json, 1n],
    ["ARROW_IPC", ARROW_IPC, 7],
    ["PARQUET", PARQUET, [1]],
    ["PROTOBUF", PROTOBUF, { gatewayId: 7 }],
    ["RAW_BYTES", RAW_BYTES, {}],
    ["JSON_LINES", JSON_LINES, {}],
  ])("are refused where %s cannot hold them", async (_name, encoding, value) => {
    await expect(encoded(value, encoding, { schema: HeartbeatRequestSchema })).rejects.toMatchObject({
      code: "SERIALIZATION_ERROR",
    });
  });

  it("need a package that says what to install when it is missing", async () => {
    const failure = await loadPeer("not-there" as "msgpackr", "MessagePack").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MooringError);
    expect(String(failure)).toContain(
      'MessagePack needs the package "not-there", which is not installed: npm install not-there',
    );
  });
});

describe("encodings over a real stream", () => {
  async function serving(connector: Parameters<typeof requestResponseConnector>[0]) {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const runtime = createRuntime({ url: gateway.url });
    onTestFinished(async () => void (await runtime.close()));
    const { key } = runtime.add({
      tenantId: "acme",
      instanceId: "one",
      connector: requestResponseConnector(connector),
    });
    await runtime.start();
    return (payload: Uint8Array, encoding: PayloadEncoding) => gateway.execute(key, { payload, encoding });
  }

  it("[C17 #8] bytes that are no JSON reach a handler that asks for bytes, and go back as bytes", async () => {
    const send = await serving({
      type: "bytes",
      version: "1.0.0",
      execute: ({ bytes }) => bytes.slice().reverse(),
    });
    const answer = await send(new Uint8Array([1, 200, 255]), RAW_BYTES);
    expect(answer).toMatchObject({ success: true, encoding: RAW_BYTES });
    expect(new Uint8Array(answer.payload)).toEqual(new Uint8Array([255, 200, 1]));
  });

  it("[C14 #27] [C17 #8] the handler chooses the answer's, and what was not declared is refused with what was", async () => {
    const send = await serving({
      type: "mirror",
      version: "1.0.0",
      supportedEncodings: [json, MSGPACK],
      execute: async (request) => encoded(await decoded(request), MSGPACK),
    });
    const packed = new Packr({ useRecords: false }).pack({ a: 1 });
    const answer = await send(packed, MSGPACK);
    expect(answer).toMatchObject({ success: true, encoding: MSGPACK });
    expect(await decoded(of(MSGPACK, answer.payload))).toEqual({ a: 1 });
    const unspecified = await send(new TextEncoder().encode("[1]"), 0);
    expect(await decoded(of(MSGPACK, unspecified.payload))).toEqual([1]);
    const refused = await send(new Uint8Array([1]), PARQUET);
    expect([refused.success, refused.error]).toEqual([
      false,
      "Unsupported encoding: Encoding Parquet not yet implemented by this connector, which takes Json, Msgpack",
    ]);
    expect((await send(packed, MSGPACK)).success).toBe(true);
  });

  it("a RawAnswer takes bytes only", () => {
    expect(new RawAnswer(new Uint8Array([1]), MSGPACK).bytes).toEqual(new Uint8Array([1]));
  });
});

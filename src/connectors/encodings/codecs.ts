/** Encodings beyond JSON, by packages that a program installs when it uses them; each is loaded on first use. */
import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { MooringError, textOf } from "../../errors.js";
import { PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { isObject } from "../../is-object.js";
import { loadPeer } from "../../optional-peers.js";

/** Bytes of a Parquet file when it is unpacked: a small file may hold much. */
const maxUnpackedBytes = 256 * 1024 ** 2;

/** A value in one encoding. What they throw is put into words by whoever calls them. */
export interface Codec {
  readonly name: string;
  decode(bytes: Uint8Array, schema: DescMessage | undefined): unknown;
  encode(value: unknown, schema: DescMessage | undefined): Uint8Array | Promise<Uint8Array>;
}

const needSchema = (schema: DescMessage | undefined): DescMessage => {
  if (schema) return schema;
  throw new MooringError(
    "INVALID_CONFIG",
    "Protobuf needs the schema of the message: give { schema: NameSchema }, as protoc-gen-es makes it.",
  );
};

function columnsOf(rows: unknown): readonly { name: string; data: unknown[] }[] {
  if (!Array.isArray(rows) || !rows.every(isObject)) throw new TypeError("rows must be a list of objects");
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return [...names].map((name) => ({ name, data: rows.map((row) => row[name] ?? null) }));
}

/** An array buffer of its own, because that is what the package reads. */
const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

const msgpack: Codec = {
  name: "MessagePack",
  async decode(bytes) {
    const { Unpackr } = await loadPeer("msgpackr", "MessagePack");
    return new Unpackr({ useRecords: false, mapsAsObjects: true }).unpack(bytes);
  },
  async encode(value) {
    const { Packr } = await loadPeer("msgpackr", "MessagePack");
    return new Uint8Array(new Packr({ useRecords: false, encodeUndefinedAsNil: true }).pack(value));
  },
};

const protobuf: Codec = {
  name: "Protobuf",
  decode: (bytes, schema) => fromBinary(needSchema(schema), bytes),
  encode: (value, schema) => {
    const known = needSchema(schema);
    return toBinary(known, value as MessageShape<DescMessage>); // it throws for what does not fit
  },
};

const arrow: Codec = {
  name: "Arrow IPC",
  async decode(bytes) {
    const { tableFromIPC } = await loadPeer("apache-arrow", "Arrow IPC");
    const table = tableFromIPC(bytes);
    // It takes whatever it cannot read for an empty table.
    if (table.schema.fields.length === 0) throw new Error("there is no schema in it");
    return table;
  },
  async encode(value) {
    const { Table, tableFromJSON, tableToIPC } = await loadPeer("apache-arrow", "Arrow IPC");
    if (value instanceof Table) return tableToIPC(value, "stream");
    if (!Array.isArray(value) || !value.every(isObject))
      throw new TypeError("give a Table of apache-arrow, or a list of objects");
    return tableToIPC(tableFromJSON(value), "stream");
  },
};

const parquet: Codec = {
  name: "Parquet",
  async decode(bytes) {
    const { parquetMetadata, parquetReadObjects } = await loadPeer("hyparquet", "Reading Parquet");
    const file = bufferOf(bytes);
    const metadata = parquetMetadata(file);
    const columns = metadata.row_groups.flatMap((group) => group.columns);
    const unpacked = columns.reduce(
      (sum, { meta_data: data }) => sum + Number(data?.total_uncompressed_size ?? 0),
      0,
    );
    if (unpacked > maxUnpackedBytes) throw new Error(`unpacked it has more than ${maxUnpackedBytes} bytes`);
    return parquetReadObjects({ file, metadata });
  },
  async encode(value) {
    const { parquetWriteBuffer } = await loadPeer("hyparquet-writer", "Writing Parquet");
    return new Uint8Array(parquetWriteBuffer({ columnData: [...columnsOf(value)] }));
  },
};

/** Undefined for what needs none. */
export const codecs: Readonly<Partial<Record<PayloadEncoding, Codec>>> = {
  [PayloadEncoding.MSGPACK]: msgpack,
  [PayloadEncoding.PROTOBUF]: protobuf,
  [PayloadEncoding.ARROW_IPC]: arrow,
  [PayloadEncoding.PARQUET]: parquet,
};

/** What went wrong, but for what an author or a program has to mend. */
export function codecFailure(
  kind: "DESERIALIZATION_ERROR" | "SERIALIZATION_ERROR",
  name: string,
  error: unknown,
): MooringError {
  if (error instanceof MooringError) return error;
  const what = kind === "SERIALIZATION_ERROR" ? "Serialization" : "Deserialization";
  // What a decoder says may quote the payload.
  const why = kind === "SERIALIZATION_ERROR" ? `: ${textOf(error)}` : "";
  return new MooringError(kind, `${what} error: ${name} ${what.toLowerCase()} failed${why}`, {
    cause: error,
  });
}

/**
 * Frames of HTTP/2 as a peer writes and reads them. It knows nothing of `src/`, so that what is wrong there is not
 * wrong here as well.
 */

export const types = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const codes = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;
export type Code = (typeof codes)[number];

export const flags = { ack: 0x1, end: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Any frame, right or wrong. `stream` may have its reserved bit. */
export function frame(type: number, flag: number, stream: number, payload: Buffer | string = ""): Buffer {
  const body = typeof payload === "string" ? bytesOf(payload) : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flag;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** Bytes written in hexadecimal, with spaces where they help. */
export const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

export function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export const settings = (...entries: (readonly [id: number, value: number])[]): Buffer =>
  frame(types.SETTINGS, 0, 0, Buffer.concat(entries.map(([id, value]) => setting(id, value))));

function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}

export const settingsAck = frame(types.SETTINGS, flags.ack, 0);

/** A PING whose eight bytes are this one. */
export const ping = (byte: number, flag = 0, stream = 0): Buffer =>
  frame(types.PING, flag, stream, Buffer.alloc(8, byte));

export const rst = (stream: number, code: Code): Buffer =>
  frame(types.RST_STREAM, 0, stream, number(codes.indexOf(code)));

export const windowUpdate = (stream: number, bytes: number): Buffer =>
  frame(types.WINDOW_UPDATE, 0, stream, number(bytes));

export const goaway = (lastStream: number, code: Code, debug = ""): Buffer =>
  frame(
    types.GOAWAY,
    0,
    0,
    Buffer.concat([number(lastStream), number(codes.indexOf(code)), Buffer.from(debug)]),
  );

export const data = (stream: number, payload: Buffer | string, flag = 0): Buffer =>
  frame(types.DATA, flag, stream, payload);

/** Field names and values that are written out, one after the other, never indexed. */
export const literals = (...fields: (readonly [name: string, value: string])[]): Buffer =>
  Buffer.concat(
    fields.flatMap(([name, value]) => [
      Buffer.from([0x10, name.length]),
      Buffer.from(name, "latin1"),
      Buffer.from([value.length]),
      Buffer.from(value, "latin1"),
    ]),
  );

/** HEADERS that are whole. */
export const headers = (stream: number, block: Buffer | string, flag = 0): Buffer =>
  frame(types.HEADERS, flags.endHeaders | flag, stream, block);

/** `:status: 200`, by its index. */
export const ok = "88";

/** What a sender put into a frame, in words: its type, stream, and what is worth saying. */
export interface ReadFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Cuts whole frames; throws when bytes are left. */
export function readFrames(bytes: Buffer): readonly ReadFrame[] {
  const frames: ReadFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 9) throw new Error(`${bytes.length - at} bytes are no frame`);
    const length = bytes.readUIntBE(at, 3);
    const end = at + 9 + length;
    if (end > bytes.length) throw new Error(`a frame of ${length} bytes is not whole`);
    const payload = bytes.subarray(at + 9, end);
    frames.push({
      type: bytes[at + 3] as number,
      flags: bytes[at + 4] as number,
      stream: bytes.readUInt32BE(at + 5),
      payload,
    });
    at = end;
  }
  return frames;
}

const codeOf = (payload: Buffer, at: number) => {
  const code = payload.readUInt32BE(at);
  return codes[code] ?? String(code);
};

/** A frame in words, so that tables can say it. */
export function inWords({ type, flags: flag, stream, payload }: ReadFrame): string {
  const ack = flag & flags.ack ? " ACK" : "";
  switch (type) {
    case types.DATA:
      return `DATA ${stream} ${payload.length}${flag & flags.end ? " END_STREAM" : ""}`;
    case types.HEADERS:
      return `HEADERS ${stream}${flag & flags.end ? " END_STREAM" : ""}`;
    case types.RST_STREAM:
      return `RST_STREAM ${stream} ${codeOf(payload, 0)}`;
    case types.SETTINGS:
      return `SETTINGS${ack}`;
    case types.PING:
      return `PING${ack} ${payload.toString("hex", 0, 1)}`;
    case types.GOAWAY:
      return `GOAWAY ${payload.readUInt32BE(0)} ${codeOf(payload, 4)}`;
    case types.WINDOW_UPDATE:
      return `WINDOW_UPDATE ${stream} ${payload.readUInt32BE(0)}`;
    default:
      return `${type} ${stream}`;
  }
}

/** What a client must send before anything else. */
export const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

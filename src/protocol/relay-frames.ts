/** Frames of relayed WebSockets, as both sides see them and as they travel (docs/protocol.md, "Relayed WebSockets"). */
import { invalidConfig } from "../errors.js";
import { type WebSocketFrame, WebSocketFrameType } from "../gen/matrix/connectors/v1/connector_service_pb.js";

/** One message of a relayed WebSocket. Pings and pongs are relayed, too; nobody in between answers them. */
export type RelayFrame =
  /** A text. */
  | { readonly type: "text"; readonly text: string }
  /** Bytes; pings and pongs may have some, too. */
  | { readonly type: "binary" | "ping" | "pong"; readonly bytes: Uint8Array };

/** How a relayed WebSocket ended. */
export interface RelayClose {
  /**
   * A close code of WebSocket, such as 1000. 1001: the registration drains. 1005: the page gave none. 1006: the stream to the gateway was lost, or
   * the page opened another connection of the same name. 1007: a text was no UTF-8. 1009: a frame was above
   * `maxMessageBytes`. 1011: the connector's handler threw.
   * 1013: the connector took its frames too slowly.
   */
  readonly code: number;
  /** In words; may be empty. */
  readonly reason: string;
}

/** The header that says whose an opening is, where several registrations share a socket. */
export const relayAddress = "connector_arn";

/** Close codes that this side gives (RFC 6455 §7.4.1). */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  unknownType: 1003,
  /** The peer gave none. */
  none: 1005,
  /** The link is gone. Never on the wire between browser and server. */
  lost: 1006,
  noText: 1007,
  notAllowed: 1008,
  tooLong: 1009,
  failed: 1011,
  tooSlow: 1013,
} as const;

/** Whether a side of a WebSocket may give it; the others tell of an end for which no side gave one (RFC 6455 §7.4). */
export const isSendableCode = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && ![1004, closeCodes.none, closeCodes.lost].includes(code)) ||
  (code >= 3000 && code <= 4999);

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const types = {
  text: WebSocketFrameType.WEBSOCKET_FRAME_TYPE_TEXT,
  binary: WebSocketFrameType.WEBSOCKET_FRAME_TYPE_BINARY,
  ping: WebSocketFrameType.WEBSOCKET_FRAME_TYPE_PING,
  pong: WebSocketFrameType.WEBSOCKET_FRAME_TYPE_PONG,
} as const;

const binaryNames: Readonly<Record<number, "binary" | "ping" | "pong">> = {
  [types.binary]: "binary",
  [types.ping]: "ping",
  [types.pong]: "pong",
};

/** How a connection ends for a frame that is none. */
export interface FrameFault {
  readonly fault: RelayClose;
}

const noText: FrameFault = { fault: { code: closeCodes.noText, reason: "a text that is no UTF-8" } };
const noType: FrameFault = { fault: { code: closeCodes.unknownType, reason: "a frame of an unknown type" } };

/** The bytes are copied (a `slice` of a Buffer is no copy): they belong to the message they came in. */
export function frameIn({ frameType, data }: WebSocketFrame): RelayFrame | FrameFault {
  if (frameType !== types.text) {
    const type = binaryNames[frameType];
    return type === undefined ? noType : { type, bytes: new Uint8Array(data) };
  }
  try {
    return { type: "text", text: decoder.decode(data) };
  } catch {
    return noText;
  }
}

/** What comes of a message of the package ws, in one piece. */
export const bytesOfRaw = (data: Buffer | ArrayBuffer | readonly Buffer[]): Uint8Array =>
  data instanceof ArrayBuffer ? new Uint8Array(data) : Buffer.isBuffer(data) ? data : Buffer.concat(data);

/** As it travels, with bytes of its own: some transports encode later. Throws INVALID_CONFIG for what is no frame. */
export function frameMessage(connectionId: string, frame: RelayFrame): WebSocketFrame {
  if (!Object.hasOwn(types, frame.type))
    throw invalidConfig("type of a frame must be text, binary, ping or pong.");
  if (frame.type !== "text" && !(frame.bytes instanceof Uint8Array))
    throw invalidConfig("bytes of a frame must be a Uint8Array.");
  const data = frame.type === "text" ? encoder.encode(frame.text) : new Uint8Array(frame.bytes);
  // Written out: `create` of Protobuf-ES, which makes the same, is a large part of a frame's work.
  return {
    $typeName: "matrix.connectors.v1.WebSocketFrame",
    connectionId,
    frameType: types[frame.type],
    data,
  };
}

/** Bytes that a waiting frame holds, about. */
export const frameWeight = (frame: RelayFrame): number =>
  64 + (frame.type === "text" ? 2 * frame.text.length : frame.bytes.length);

/** Bytes of the words in a close frame (RFC 6455 §5.5). */
const reasonBytes = 123;

/** As much of the words as a close frame has room for. */
export function shortReason(reason: string): string {
  const { read } = encoder.encodeInto(reason, new Uint8Array(reasonBytes));
  return reason.slice(0, read);
}

/** Throws INVALID_CONFIG for what no side of a WebSocket may give. */
export function checkCloseCode(code: number): void {
  if (Number.isInteger(code) && isSendableCode(code)) return;
  const range = "1000 to 1014 without 1004, 1005 and 1006, or 3000 to 4999";
  throw invalidConfig(`code must be a close code that may be sent, ${range}; got ${String(code)}.`);
}

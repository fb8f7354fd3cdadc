/** The frames of HTTP/2 as they are numbered (RFC 9113, section 6). */

export const FrameType = {
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

export const Flag = {
  /** Of DATA and HEADERS: the sender's half ends with this frame. */
  END_STREAM: 0x1,
  /** Of SETTINGS and PING. */
  ACK: 0x1,
  /** Of HEADERS and CONTINUATION: the header block ends with this frame. */
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

/** Bytes of the head that every frame has. */
export const frameHeadBytes = 9;

/** Payload of a frame, in either direction: what every peer takes, and what is not raised for ours. */
export const maxPayloadBytes = 16_384;

/** Bytes that stand before everything else on a connection. */
export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** A number of 31 bits: windows, and stream identifiers. */
export const max31 = 2 ** 31 - 1;

/** What a frame says before its payload. */
export interface FrameHead {
  length: number;
  type: number;
  flags: number;
  /** 0: the connection. */
  stream: number;
}

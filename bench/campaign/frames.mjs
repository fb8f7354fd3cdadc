// Knows where HTTP/2 frames begin in a stream of bytes (RFC 9113, section 4.1), so that a proxy can put frames of its
// own between them. For connections without TLS only.
import { BoundaryTracker } from "./boundaries.mjs";

const headBytes = 9;
const prefaceBytes = 24;
const headersFrame = 1;

/** Follows one direction of a connection. */
export class FrameTracker extends BoundaryTracker {
  /** The newest stream that this side has opened or answered. */
  newestStream = 0;

  constructor({ fromClient }) {
    super(fromClient ? prefaceBytes : 0);
  }

  /** Bytes of the frame behind its head; undefined while that is not complete. */
  restAfter(head) {
    if (head.length < headBytes) return undefined;
    const stream = head.readUInt32BE(5) & 0x7fffffff;
    if (head[3] === headersFrame) this.newestStream = Math.max(this.newestStream, stream);
    return head.readUIntBE(0, 3);
  }
}

export function frame(type, stream, payload = Buffer.alloc(0), { flags = 0, length = payload.length } = {}) {
  const head = Buffer.alloc(headBytes);
  head.writeUIntBE(length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const word = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export const goaway = (lastStream, code) => frame(7, 0, Buffer.concat([word(lastStream), word(code)]));
export const reset = (stream, code) => frame(3, stream, word(code));

/** Frames that no peer may send: each is an error of the whole connection. */
export const brokenFrames = [
  () => frame(0, 0, Buffer.from("data on stream 0")),
  () => frame(3, 0, word(8)),
  () => frame(6, 0, Buffer.from("short")),
  () => frame(4, 0, Buffer.alloc(5)),
  () => frame(0, 1, Buffer.alloc(0), { length: 0xffffff }),
  () => Buffer.from("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"),
];

// Knows where the frames of a WebSocket begin in a stream of bytes (RFC 6455, section 5.2), behind the head of the
// upgrade, so that a proxy can put frames of its own between them. For connections without TLS only.
import { BoundaryTracker } from "./boundaries.mjs";

const headEnd = "\r\n\r\n";
const opcode = { text: 1, binary: 2, reserved: 3, close: 8, ping: 9 };

/** Follows one direction of a connection. */
export class WebSocketTracker extends BoundaryTracker {
  /** The upgrade's head as far as it has come; undefined once it is over. */
  #upgrade = "";
  /** A WebSocket has none: for what asks a tracker of HTTP/2. */
  newestStream = 0;

  boundaryIn(chunk) {
    return super.boundaryIn(chunk, this.#pastUpgrade(chunk));
  }

  /** Bytes of the frame behind its head; undefined while that is not complete. */
  restAfter(head) {
    if (head.length < 2) return undefined;
    const short = head[1] & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (head.length < 2 + extended + (head[1] & 0x80 ? 4 : 0)) return undefined;
    if (extended === 0) return short;
    return extended === 2 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
  }

  #pastUpgrade(chunk) {
    if (this.#upgrade === undefined) return 0;
    const before = this.#upgrade.length;
    this.#upgrade += chunk.toString("latin1");
    const end = this.#upgrade.indexOf(headEnd);
    if (end < 0) return chunk.length;
    this.#upgrade = undefined;
    return end + headEnd.length - before;
  }
}

/** Clients mask what they send; a key of zeros leaves it as it is. */
function frame(kind, payload, { masked = false, length = payload.length } = {}) {
  const mask = masked ? Buffer.alloc(4) : Buffer.alloc(0);
  const head = Buffer.from([0x80 | kind, (masked ? 0x80 : 0) | 126, 0, 0]);
  head.writeUInt16BE(length, 2);
  return Buffer.concat([head, mask, payload]);
}

const small = (kind, payload, { masked }) =>
  Buffer.concat([
    Buffer.from([0x80 | kind, (masked ? 0x80 : 0) | payload.length]),
    Buffer.alloc(masked ? 4 : 0),
    payload,
  ]);

/** Normal, going away, protocol error, internal error, service restart, try again later. */
const closeCodes = [1000, 1001, 1002, 1011, 1012, 1013];

export function closeFrame(random, masked) {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(closeCodes[Math.floor(random() * closeCodes.length)]);
  return small(opcode.close, payload, { masked });
}

const text = (value, masked) => frame(opcode.text, Buffer.from(value), { masked });

/** The channel has crashed, was closed, or does not know its topic any more: for clients only. */
export const channelEnds = [
  () => text('[null,null,"connector:lobby","phx_error",{}]', false),
  () => text('[null,null,"connector:lobby","phx_close",{}]', false),
];

/** Nothing that counts: to be passed over. */
export const strayFrames = [
  (masked) => text("no frame", masked),
  (masked) => text('["1","2","connector:lobby","proto",{"data":"deadbeef!"}]', masked),
  (masked) => text('["1","2","connector:lobby","presence_state",{}]', masked),
  (masked) => frame(opcode.binary, Buffer.from("no message \xff", "latin1"), { masked }),
  (masked) => small(opcode.ping, Buffer.from("there?"), { masked }),
];

/** Frames that no peer may send: each ends the socket. */
export const brokenFrames = [
  (masked) => frame(opcode.reserved, Buffer.from("reserved"), { masked }),
  (masked) => text("masked by the wrong side", !masked),
  (masked) => frame(opcode.ping, Buffer.alloc(200), { masked }),
  (masked) => frame(opcode.text, Buffer.from([0xc3, 0x28]), { masked }),
  () => Buffer.from("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"),
];

/** The beginning of a frame whose rest is what comes next: from there nothing is where it should be. */
export const halfFrame = (masked) => frame(opcode.text, Buffer.from("[null"), { masked, length: 40_000 });

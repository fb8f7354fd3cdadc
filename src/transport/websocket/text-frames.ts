/**
 * Masked text frames of a WebSocket's client (RFC 6455, section 5.2), each made where it is written from, so that the
 * messages of a turn are one write. All sockets share the memory: one that has written alone since its last frame goes
 * on in the same piece. A slab is never written twice, so what waits in a socket stays as it is.
 */
import { randomFillSync } from "node:crypto";
import { base64Length, writeMaskedBase64 } from "../../protocol/base64.js";
import { slabBytes } from "../../protocol/limits.js";

/** Two bytes, eight of length, four of mask. */
const mostHeadBytes = 14;
const finalText = 0x81;
const isMasked = 0x80;

let slab: Buffer = Buffer.alloc(0);
let slabAt = 0;

const keys = Buffer.alloc(8 * 1024);
let keysAt = keys.length;

/** Nobody may foretell it (RFC 6455, section 5.3). Returns where it is in `keys`. */
function nextKey(): number {
  if (keysAt === keys.length) {
    randomFillSync(keys);
    keysAt = 0;
  }
  keysAt += 4;
  return keysAt - 4;
}

interface Piece {
  readonly slab: Buffer;
  readonly from: number;
  to: number;
}

const mask = new Uint8Array(4);

/** Where the payload begins. */
function writeHead(length: number, key: number): number {
  slab[slabAt] = finalText;
  let at = slabAt + 2;
  if (length < 126) slab[slabAt + 1] = isMasked | length;
  else if (length < 65_536) {
    slab[slabAt + 1] = isMasked | 126;
    at = slab.writeUInt16BE(length, at);
  } else {
    slab[slabAt + 1] = isMasked | 127;
    at = slab.writeUIntBE(length, slab.writeUInt16BE(0, at), 6);
  }
  for (let i = 0; i < 4; i += 1) slab[at + i] = keys[key + i] as number;
  return at + 4;
}

function writeText(text: string, from: number, at: number, key: number): number {
  for (let i = 0; i < text.length; i += 1)
    slab[at + i] = text.charCodeAt(i) ^ (keys[key + ((at + i - from) & 3)] as number);
  return at + text.length;
}

export class TextFrames {
  #pieces: Piece[] = [];
  /** Made since the last {@link take}. */
  waiting = 0;

  /** A frame of `before`, the message as base64, and `after`; both texts are ASCII. */
  append(before: string, message: Uint8Array, after: string): void {
    const length = before.length + base64Length(message.length) + after.length;
    if (slab.length - slabAt < mostHeadBytes + length) {
      slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, mostHeadBytes + length));
      slabAt = 0;
    }
    const key = nextKey();
    const begin = slabAt;
    const from = writeHead(length, key);
    let at = writeText(before, from, from, key);
    for (let i = 0; i < 4; i += 1) mask[i] = keys[key + ((at - from + i) & 3)] as number;
    at = writeMaskedBase64(message, slab, at, mask);
    slabAt = writeText(after, from, at, key);
    this.#keep(begin);
  }

  /** As few chunks as possible, mostly one. */
  take(): Buffer[] {
    const chunks = this.#pieces.map(({ slab: of, from, to }) => of.subarray(from, to));
    this.#pieces = [];
    this.waiting = 0;
    return chunks;
  }

  #keep(begin: number): void {
    this.waiting += slabAt - begin;
    const last = this.#pieces.at(-1);
    if (last?.slab === slab && last.to === begin) last.to = slabAt;
    else this.#pieces.push({ slab, from: begin, to: slabAt });
  }
}

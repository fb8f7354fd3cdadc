/**
 * Reads past a message that is beyond the limit, whose bytes are never kept: only its small fields are, so that a
 * request can still be answered by its id, wherever in the message that is. What is no message is read past as well,
 * as far as it is announced.
 */

import { fromBinary } from "@bufbuild/protobuf";
import { type StreamMessage, StreamMessageSchema } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { keptFieldBytes } from "./limits.js";

/** No message of the contract has a field with a higher number. */
const maxFieldNumber = 15;

/** The field of a request in a stream message, and of the id in a request. */
const executeRequest = 3;
const requestId = 1;

const wireType = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

export class OversizedMessage {
  /** As its frame announces it. */
  readonly bytes: number;
  #left: number;
  #expected: "tag" | "number" | "length" | "body" = "tag";
  /** The varint being read, and what its next digit counts. */
  #value = 0;
  #unit = 1;
  /** The field of the stream message that is open, and how much of it is to come. */
  #kind = 0;
  #kindLeft = 0;
  #isInside = false;
  /** The field being read: its number, its bytes unless they are dropped, and how much of its body is to come. */
  #number = 0;
  #field: number[] = [];
  #isKept = false;
  #bodyLeft = 0;
  /** The last of each number, as its bytes. */
  #fields = new Map<number, readonly number[]>();
  /** It does not read as a message of the contract: only its length counts from there. */
  #isBroken = false;
  #isTold = false;

  constructor(bytes: number) {
    this.bytes = bytes;
    this.#left = bytes;
  }

  get isOver(): boolean {
    return this.#left === 0;
  }

  /**
   * True once: when all is known that counts. Of a request that is its id, so that its answer need not wait for the
   * rest, which may never come; of what is no message, nothing after its end.
   */
  get isToBeTold(): boolean {
    if (this.#isTold) return false;
    this.#isTold = this.isOver || (this.#kind === executeRequest && this.#fields.has(requestId));
    return this.#isTold;
  }

  /** Reads from `chunk[from, to)` what belongs to the message. Returns where that ends. */
  take(chunk: Uint8Array, from: number, to = chunk.length): number {
    const end = Math.min(to, from + this.#left);
    let at = from;
    while (at < end && !this.#isBroken) {
      if (this.#expected === "body") at = this.#body(chunk, at, end);
      else this.#digit(chunk[at++] ?? 0);
    }
    this.#left -= end - at;
    return end;
  }

  /** The message without what was dropped; of one that is not over, what has come. */
  remainder(): StreamMessage {
    const fields = [...this.#fields.values()].flat();
    const bytes =
      this.#kind === 0 ? [] : [...varint(this.#kind * 8 + 2), ...varint(fields.length), ...fields];
    try {
      return fromBinary(StreamMessageSchema, Uint8Array.from(bytes));
    } catch {
      return fromBinary(StreamMessageSchema, new Uint8Array());
    }
  }

  #digit(byte: number): void {
    this.#consume(1);
    if (this.#isKept) this.#field.push(byte);
    this.#value += (byte & 0x7f) * this.#unit;
    this.#unit *= 128;
    if (byte >= 0x80) {
      if (this.#unit > 128 ** 10) this.#isBroken = true;
      return;
    }
    const value = this.#value;
    this.#value = 0;
    this.#unit = 1;
    if (this.#expected === "tag") this.#tag(value);
    else if (this.#expected === "length") this.#length(value);
    else this.#fieldIsOver();
  }

  #tag(tag: number): void {
    const type = tag % 8;
    this.#number = Math.floor(tag / 8);
    if (this.#number === 0) return this.#break();
    if (!this.#isInside) {
      if (type !== wireType.lengthDelimited) return this.#break();
      if (this.#number !== this.#kind) this.#fields.clear();
      this.#kind = this.#number;
      this.#expected = "length";
      return;
    }
    this.#isKept = this.#number <= maxFieldNumber;
    this.#field = this.#isKept ? varint(tag) : [];
    if (type === wireType.varint) this.#expected = "number";
    else if (type === wireType.lengthDelimited) this.#expected = "length";
    else if (type === wireType.fixed64) this.#expectBody(8);
    else if (type === wireType.fixed32) this.#expectBody(4);
    else this.#break();
  }

  #length(length: number): void {
    if (!this.#isInside) {
      if (length > this.#left) return this.#break();
      this.#isInside = true;
      this.#kindLeft = length;
      this.#expected = "tag";
      return this.#leave();
    }
    if (length > keptFieldBytes) {
      this.#isKept = false;
      this.#fields.delete(this.#number);
    }
    this.#expectBody(length);
  }

  #expectBody(bytes: number): void {
    if (bytes > this.#kindLeft) return this.#break();
    this.#expected = "body";
    this.#bodyLeft = bytes;
    if (bytes === 0) this.#fieldIsOver();
  }

  #body(chunk: Uint8Array, from: number, end: number): number {
    const to = Math.min(end, from + this.#bodyLeft);
    if (this.#isKept) for (let at = from; at < to; at += 1) this.#field.push(chunk[at] ?? 0);
    this.#bodyLeft -= to - from;
    this.#consume(to - from);
    if (this.#bodyLeft === 0) this.#fieldIsOver();
    return to;
  }

  #fieldIsOver(): void {
    if (this.#isKept) this.#fields.set(this.#number, this.#field);
    this.#isKept = false;
    this.#field = [];
    this.#expected = "tag";
    this.#leave();
  }

  #consume(bytes: number): void {
    this.#left -= bytes;
    if (!this.#isInside) return;
    this.#kindLeft -= bytes;
    if (this.#kindLeft < 0) this.#break();
  }

  /** Out of the inner message, when it is over. */
  #leave(): void {
    if (this.#kindLeft === 0) this.#isInside = false;
  }

  #break(): void {
    this.#isBroken = true;
  }
}

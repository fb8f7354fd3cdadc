/** A connection on a wire of a test's own, and what a server says in frames. */
import type { IncomingHttpHeaders } from "node:http2";
import type { Call, CallLoss, CallOwner } from "../../../../src/transport/h2/call.js";
import { Connection, type ConnectionListener } from "../../../../src/transport/h2/connection.js";
import { Flag, type FrameHead, FrameType, preface } from "../../../../src/transport/h2/frame.js";
import { FrameCutter } from "../../../../src/transport/h2/frame-cutter.js";
import { encodeHeaders } from "../../../../src/transport/h2/hpack/header-encoder.js";
import type { Wire } from "../../../../src/transport/h2/wire.js";

export interface Frame extends FrameHead {
  readonly payload: Buffer;
}

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** SETTINGS, each as its id and value. */
export const settings = (...values: readonly (readonly [number, number])[]): Buffer =>
  frame(
    FrameType.SETTINGS,
    0,
    0,
    Buffer.concat(values.map(([id, value]) => Buffer.concat([number(id).subarray(2), number(value)]))),
  );

export const answerHead = (stream: number, isLast = false): Buffer =>
  frame(
    FrameType.HEADERS,
    Flag.END_HEADERS | (isLast ? Flag.END_STREAM : 0),
    stream,
    encodeHeaders([{ name: ":status", value: "200" }]),
  );

export const goaway = (lastId: number): Buffer =>
  frame(FrameType.GOAWAY, 0, 0, Buffer.concat([number(lastId), number(0)]));

export const windowUpdate = (stream: number, bytes: number): Buffer =>
  frame(FrameType.WINDOW_UPDATE, 0, stream, number(bytes));

/** Records what it is told, and sends what it is given. */
export class TestOwner implements CallOwner {
  readonly told: string[] = [];
  readonly toSend: Buffer[] = [];
  call: Call | undefined;

  get hasMore(): boolean {
    return this.toSend.length > 0;
  }

  fill(): void {
    const next = this.toSend.shift();
    if (next) this.call?.push(next);
  }

  send(bytes: Buffer): void {
    this.toSend.push(bytes);
    this.call?.wantsTurn();
  }

  sent(): void {}

  headers(headers: IncomingHttpHeaders): void {
    this.told.push(`headers ${headers[":status"]}`);
  }

  data(bytes: Buffer, start: number, end: number): void {
    this.told.push(`data ${bytes.toString("latin1", start, end)}`);
    this.call?.read(end - start);
  }

  trailers(): void {
    this.told.push("trailers");
  }

  peerEnded(): void {
    this.told.push("end");
  }

  lost(loss: CallLoss): void {
    this.told.push(loss.by === "fault" ? `lost by a fault: ${loss.fault.code}` : `lost by ${loss.by}`);
  }

  peerDraining(): void {
    this.told.push("draining");
  }
}

/** Cuts what a connection has written into frames. */
function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  let head: FrameHead = { length: 0, type: 0, flags: 0, stream: 0 };
  let parts: Buffer[] = [];
  const done = () => {
    frames.push({ ...head, payload: Buffer.concat(parts) });
    parts = [];
  };
  new FrameCutter({
    isOver: false,
    begin: (one) => {
      head = one;
    },
    data: (some, start, end) => void parts.push(Buffer.from(some.subarray(start, end))),
    endOfData: done,
    payload: (some, start, end) => {
      parts.push(Buffer.from(some.subarray(start, end)));
      done();
    },
  }).receive(bytes, bytes.length);
  return frames;
}

const block = encodeHeaders([{ name: ":path", value: "/" }]);

/** A connection that is settled, on a wire that takes all at once or, when it is held, nothing. */
export class Rig implements Wire, ConnectionListener {
  readonly connection: Connection;
  readonly told: string[] = [];
  isHeld = false;
  /** The connection's clock, in ms. */
  now = 0;
  #written: Buffer[] = [];
  #held: (() => void)[] = [];

  constructor(...values: readonly (readonly [number, number])[]) {
    this.connection = new Connection(this, this, () => this.now);
    this.#written = [];
    this.receive(settings(...values));
    this.connection.flush();
    this.frames();
  }

  start(owner = new TestOwner()): TestOwner {
    owner.call = this.connection.start(block, owner);
    return owner;
  }

  receive(...parts: readonly Buffer[]): void {
    this.connection.receive(Buffer.concat(parts));
  }

  /** What has been written since the last call. */
  frames(): readonly Frame[] {
    this.connection.flush();
    const written = Buffer.concat(this.#written);
    this.#written = [];
    return framesOf(written.subarray(written.indexOf(preface) === 0 ? preface.length : 0));
  }

  /** The system takes what it was given. */
  take(): void {
    for (const taken of this.#held.splice(0)) taken();
  }

  write(bytes: Buffer, taken: () => void): void {
    this.#written.push(Buffer.from(bytes));
    if (this.isHeld) this.#held.push(taken);
    else taken();
  }

  destroy(): void {
    this.told.push("destroyed");
  }

  settled(): void {}

  goingAway(code: number): void {
    this.told.push(`going away: ${code}`);
  }

  broken(fault: { readonly code: string; readonly message: string }): void {
    this.told.push(`${fault.code}: ${fault.message}`);
  }
}

/** A connection without a socket: what it writes and tells is kept, in words and in order. */

import type { Headers } from "../../../../src/transport/h2/answer.js";
import type { Call, CallLoss, CallOwner } from "../../../../src/transport/h2/call.js";
import { Connection } from "../../../../src/transport/h2/connection.js";
import type { ConnectionFault } from "../../../../src/transport/h2/faults.js";
import { encodeHeaders } from "../../../../src/transport/h2/hpack/header-encoder.js";
import type { Wire } from "../../../../src/transport/h2/wire.js";
import { inWords, preface, readFrames } from "./frames.js";

export const requestBlock = encodeHeaders([
  { name: ":method", value: "POST" },
  { name: ":scheme", value: "http" },
  { name: ":path", value: "/a.B/C" },
  { name: ":authority", value: "localhost" },
  { name: "te", value: "trailers" },
]);

/** A wire that takes everything at once, or when it is told to. */
export class KeepingWire implements Wire {
  readonly written: Buffer[] = [];
  isDestroyed = false;
  /** `false`: what is written waits, as on a socket that nobody reads. */
  takes = true;
  /** Bytes that wait. */
  heldBytes = 0;
  readonly #waiting: (() => void)[] = [];

  write(bytes: Buffer, taken: () => void): void {
    if (this.isDestroyed) throw new Error("written after its end");
    this.written.push(Buffer.from(bytes));
    if (this.takes) return taken();
    this.#waiting.push(taken);
    this.heldBytes += bytes.length;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  /** The system takes all that waits. */
  takeAll(): void {
    this.takes = true;
    this.heldBytes = 0;
    for (const taken of this.#waiting.splice(0)) taken();
  }
}

/** What a call hears, in words. It reads at once all that comes, unless it is told to leave it. */
export class ListeningOwner implements CallOwner {
  readonly heard: string[] = [];
  /** Whole content. */
  readonly content: Buffer[] = [];
  call: Call | undefined;
  reads = true;
  readonly #outbound: Buffer[] = [];

  /** Sends bytes as content. */
  send(bytes: Buffer): void {
    this.#outbound.push(bytes);
    this.call?.wantsTurn();
  }

  get hasMore(): boolean {
    return this.#outbound.length > 0;
  }

  fill(): void {
    for (const bytes of this.#outbound.splice(0)) this.call?.push(bytes);
  }

  sent(): void {}

  headers(headers: Headers): void {
    this.heard.push(`headers ${headers[":status"]}`);
  }

  data(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    this.content.push(Buffer.from(bytes.subarray(start, end)));
    const last = this.heard.at(-1);
    const [, before] = /^content (\d+)$/.exec(last ?? "") ?? [];
    const bytesNow = end - start + Number(before ?? 0);
    if (before !== undefined) this.heard.pop();
    this.heard.push(`content ${bytesNow}`);
    if (this.reads) this.call?.read(end - start);
  }

  trailers(): void {
    this.heard.push("trailers");
  }

  peerEnded(): void {
    this.heard.push("ended");
  }

  lost(loss: CallLoss): void {
    const why = loss.by === "fault" ? ` ${loss.fault.code}` : loss.by === "peer" ? ` ${loss.code}` : "";
    this.heard.push(`lost by ${loss.by}${why}`);
  }

  peerDraining(): void {
    this.heard.push("asked back");
  }
}

export class DrivenConnection {
  readonly wire = new KeepingWire();
  readonly owners: ListeningOwner[] = [];
  readonly told: string[] = [];
  fault: ConnectionFault | undefined;
  now = 0;
  readonly connection: Connection;
  #read = 0;

  constructor() {
    this.connection = new Connection(
      this.wire,
      {
        settled: (maxStreams) => this.told.push(`settled ${maxStreams ?? "without limit"}`),
        goingAway: (code) => this.told.push(`going away ${code}`),
        broken: (fault, speaksHttp2) => {
          this.fault = fault;
          this.told.push(`broken ${fault.code}${speaksHttp2 ? "" : ", no HTTP/2"}`);
        },
      },
      () => this.now,
    );
  }

  /** Opens a call; it is the next in `owners`. */
  open(): ListeningOwner {
    const owner = new ListeningOwner();
    this.owners.push(owner);
    owner.call = this.connection.start(requestBlock, owner);
    return owner;
  }

  /** Bytes of the peer, as one piece, or a piece for each `pieceBytes`. */
  receive(bytes: Buffer, pieceBytes = bytes.length): void {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      // A piece of its own: whoever reads beyond it, or keeps what is not to be kept, is found out.
      const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
      this.connection.receive(piece);
    }
    this.connection.flush();
  }

  /** What was written since the last time, in words. */
  written(): readonly string[] {
    const bytes = Buffer.concat(this.wire.written);
    const start = this.#read === 0 ? preface.length : this.#read;
    this.#read = bytes.length;
    return readFrames(bytes.subarray(start)).map(inWords);
  }
}

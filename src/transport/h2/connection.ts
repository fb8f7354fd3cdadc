/**
 * The client's side of an HTTP/2 connection (RFC 9113). It has no socket: it writes to a {@link Wire} and is given
 * what came by {@link Connection.receive}, so that a test can drive it byte by byte.
 *
 * A byte's way in: `frame-cutter.ts` finds the frames, `incoming.ts` knows what they mean, and `stream.ts` reads
 * messages from their content. The way out: `send-round.ts` (whose turn it is), `call.ts` (its frame), `frame-writer.ts`.
 */
import { connectionWindow, frameLimits } from "../../protocol/limits.js";
import { http2Code } from "../http2/codes.js";
import { atEndOfTurn } from "../http2/turn.js";
import { Call, type CallHost, type CallOwner } from "./call.js";
import { CallTable } from "./call-table.js";
import { ConnectionFault, StreamFault } from "./faults.js";
import { Flag, FrameType, max31, preface } from "./frame.js";
import { FrameCutter } from "./frame-cutter.js";
import { FrameWriter } from "./frame-writer.js";
import { Incoming, type IncomingHost } from "./incoming.js";
import { PingsUnderway } from "./pings-underway.js";
import { SendRound } from "./send-round.js";
import { ourSettings, PeerSettings } from "./settings.js";
import { initialWindow, SendWindow } from "./windows.js";
import type { Wire } from "./wire.js";

/** Whom a connection tells. */
export interface ConnectionListener {
  /** The peer's SETTINGS have come: the first ones, with which the connection is ready, or further ones. */
  settled(maxStreams: number | undefined): void;
  /**
   * GOAWAY: no further call may be started. After this, calls that the peer has not looked at end, and the others are
   * told once. May come again.
   */
  goingAway(code: number, debug: Buffer): void;
  /**
   * The peer has broken HTTP/2: the connection was ended, and its calls end after this. `speaksHttp2`: its first frame
   * was one; else it may be anything that speaks.
   */
  broken(fault: ConnectionFault, speaksHttp2: boolean): void;
}

export class Connection implements CallHost, IncomingHost {
  readonly calls = new CallTable();
  readonly #wire: Wire;
  readonly #listener: ConnectionListener;
  readonly #writer: FrameWriter;
  readonly #incoming: Incoming;
  readonly #cutter: FrameCutter;
  readonly #pings: PingsUnderway;
  readonly #peer = new PeerSettings();
  readonly #window = new SendWindow(initialWindow);
  readonly #round = new SendRound();
  /** The last stream that the peer looks at; less than all when it has said so by GOAWAY. */
  #lastId = max31;
  /** `going-away`: the peer has asked it back. */
  #state: "open" | "going-away" | "over" = "open";
  /** `due`: at the end of this turn. */
  #writing: "idle" | "due" | "now" = "idle";

  /** Greets the peer at once. `now` is monotonic, in ms. */
  constructor(wire: Wire, listener: ConnectionListener, now: () => number = () => performance.now()) {
    this.#wire = wire;
    this.#listener = listener;
    this.#incoming = new Incoming(this, now);
    this.#cutter = new FrameCutter(this.#incoming);
    this.#writer = new FrameWriter(wire, () => this.#systemHasRoom());
    this.#pings = new PingsUnderway(this.#writer);
    this.#writer.bytes(preface);
    this.#writer.head(ourSettings.length, FrameType.SETTINGS, 0, 0);
    this.#writer.bytes(ourSettings);
    this.#writer.number(FrameType.WINDOW_UPDATE, 0, connectionWindow - initialWindow);
    this.#writer.ship();
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** Whether there are stream identifiers left; without, nothing is to be started. */
  get hasIds(): boolean {
    return this.calls.hasIds;
  }

  // ---- What its user does

  /**
   * Takes `bytes[0, end)` from the wire. They must not be overwritten later: content is handed out in place. Never
   * throws for what a peer sent.
   */
  receive(bytes: Buffer, end = bytes.length): void {
    try {
      this.#cutter.receive(bytes, end);
    } catch (error) {
      if (!(error instanceof ConnectionFault)) throw error;
      const { speaksHttp2 } = this.#incoming;
      this.#end(error.code, () => this.#listener.broken(error, speaksHttp2));
    }
  }

  /** Opens a stream with this header block, at once or when the peer has room for it. */
  start(block: Buffer, owner: CallOwner): Call {
    const call = new Call(this, owner, block);
    this.calls.wait(call);
    this.#admit();
    return call;
  }

  /** Sends a PING. `answered` is called with its answer, and not at all when none comes. */
  ping(answered: () => void): void {
    if (this.isOver) return;
    this.#pings.send(answered);
    this.#writeSoon();
  }

  /** Writes what there is to write now, and not at the end of the turn. */
  flush(): void {
    if (this.isOver || this.#writing === "now") return;
    this.#writing = "now";
    try {
      this.#round.run(this.#writer, this.#window);
    } finally {
      this.#writing = "idle";
      this.#writer.ship();
    }
  }

  /** Calls `taken` when the system has all that was written by now. */
  whenTaken(taken: () => void): void {
    this.#writer.whenTaken(taken);
  }

  /** Ends it and all its calls. Also to be called when the wire is gone. Idempotent. */
  close(): void {
    this.#end("NO_ERROR", () => {});
  }

  // ---- What its calls ask

  due(call: Call): void {
    this.#round.add(call);
    this.#writeSoon();
  }

  giveBack({ id }: Call, bytes: number): void {
    this.#writer.number(FrameType.WINDOW_UPDATE, id, bytes);
    this.#writeSoon();
  }

  sendReset({ id }: Call, code: number): void {
    if (this.isOver) return;
    this.#writer.number(FrameType.RST_STREAM, id, code);
    this.#writeSoon();
  }

  forget(call: Call, isInOrder: boolean): void {
    this.#incoming.forget(call);
    this.calls.remove(call, isInOrder);
    this.#admit();
  }

  /** Opens calls that wait, as far as the peer has room. */
  #admit(): void {
    if (this.isOver) return;
    for (;;) {
      const admitted = this.calls.admit(this.#peer.maxStreams ?? max31);
      if (!admitted) return;
      const { call, id } = admitted;
      this.#writer.head(call.block.length, FrameType.HEADERS, Flag.END_HEADERS, id);
      this.#writer.bytes(call.block);
      call.opened(id, this.#peer.initialWindow);
      this.#writeSoon();
    }
  }

  // ---- What its peer's frames do

  failCall(call: Call, fault: StreamFault): void {
    this.sendReset(call, http2Code(fault.code));
    call.lose({ by: "fault", fault });
  }

  giveBackToAll(bytes: number): void {
    this.#writer.number(FrameType.WINDOW_UPDATE, 0, bytes);
    this.#writeSoon();
  }

  growWindow(bytes: number): void {
    if (!this.#window.grow(bytes))
      throw new ConnectionFault("FLOW_CONTROL_ERROR", "a window of more than 2^31 - 1 bytes");
    if (!this.#round.isEmpty) this.#writeSoon();
  }

  settings(bytes: Buffer, start: number, end: number): void {
    const before = this.#peer.initialWindow;
    this.#peer.take(bytes, start, end);
    const grown = this.#peer.initialWindow - before;
    if (grown !== 0) this.#shiftWindows(grown);
    this.#writer.head(0, FrameType.SETTINGS, Flag.ACK, 0);
    this.#answerSoon();
    this.#listener.settled(this.#peer.maxStreams);
    this.#admit();
  }

  answerPing(bytes: Buffer, start: number, end: number): void {
    this.#writer.head(end - start, FrameType.PING, Flag.ACK, 0);
    this.#writer.bytes(bytes, start, end);
    this.#answerSoon();
  }

  pingAnswered(bytes: Buffer, start: number): boolean {
    return this.#pings.answered(bytes, start);
  }

  goingAway(lastId: number, code: number, debug: Buffer): void {
    if (lastId > this.#lastId)
      throw new ConnectionFault("PROTOCOL_ERROR", "GOAWAY that takes an earlier one back");
    this.#lastId = lastId;
    // A peer that goes in order says so twice, and the second time which streams it has looked at.
    const isFirst = this.#state === "open";
    if (isFirst) this.#state = "going-away";
    this.#listener.goingAway(code, debug);
    for (const call of this.calls.all()) {
      if (call.id === 0 || call.id > lastId) call.lose({ by: "going-away" });
      else if (isFirst) call.askBack();
    }
  }

  #shiftWindows(bytes: number): void {
    for (const call of this.calls.open()) {
      try {
        call.growWindow(bytes);
      } catch (error) {
        if (!(error instanceof StreamFault)) throw error;
        throw new ConnectionFault("FLOW_CONTROL_ERROR", `SETTINGS that make ${error.message}`);
      }
    }
  }

  // ---- Writing

  #writeSoon(): void {
    if (this.#writing !== "idle" || this.isOver) return;
    this.#writing = "due";
    atEndOfTurn(this);
  }

  /** After something that the peer asked for. A peer that does not read may not ask for ever. */
  #answerSoon(): void {
    if (this.#writer.untaken > frameLimits.unreadBytes)
      throw new ConnectionFault("ENHANCE_YOUR_CALM", "it asks for answers and reads none");
    this.#writeSoon();
  }

  #systemHasRoom(): void {
    if (!this.#round.isEmpty) this.#writeSoon();
  }

  // ---- The end

  #end(code: ConnectionFault["code"], told: () => void): void {
    if (this.isOver) return;
    const calls = this.calls.all();
    this.#state = "over";
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(http2Code(code), 4);
    this.#writer.head(payload.length, FrameType.GOAWAY, 0, 0);
    this.#writer.bytes(payload);
    this.#writer.ship();
    this.#wire.destroy();
    told();
    for (const call of calls) call.lose({ by: "connection" });
  }
}

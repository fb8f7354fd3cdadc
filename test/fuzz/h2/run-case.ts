/** Runs a case, and throws an error that says what a connection did that it may not. */
import { frameLimits, slabBytes } from "../../../src/protocol/limits.js";
import { Connection } from "../../../src/transport/h2/connection.js";
import { codes } from "../../transport/h2/support/frames.js";
import type { Doing, FuzzCase } from "./fuzz-case.js";
import { type FuzzedCall, GrpcCall, grpcContent, RawCall, rawContent } from "./heard.js";
import { checkContent, checkMessages } from "./received-content.js";
import { SentFrames } from "./sent-frames.js";
import { Transcript } from "./transcript.js";
import { endTurn } from "./turns.js";

/** So many bytes may wait for the system: what streams write, what answers to the peer come to, and a slab of each. */
const mostHeldBytes = frameLimits.unreadBytes + frameLimits.writtenBytes + 2 * slabBytes;

class CaseRun {
  readonly told: string[] = [];
  readonly calls: FuzzedCall[] = [];
  readonly wire: Transcript;
  readonly #case: FuzzCase;
  readonly #sent: SentFrames | undefined;
  readonly #connection: Connection;
  #goesAway = false;
  #isBroken = false;
  #fault = "NO_ERROR";
  #looked = 0;

  /** `looks`: what is written is looked at, frame by frame. */
  constructor(fuzzCase: FuzzCase, wire: Transcript, looks: boolean) {
    this.#case = fuzzCase;
    wire.clear();
    this.wire = wire;
    const content = fuzzCase.owners === "raw" ? rawContent : grpcContent;
    this.#sent = looks ? new SentFrames(fuzzCase.bytes, content) : undefined;
    this.#connection = new Connection(
      wire,
      {
        settled: (maxStreams) => this.#tell(`settled ${maxStreams}`),
        goingAway: (code) => {
          this.#goesAway = true;
          this.#tell(`going away ${code}`);
          // As the channel does.
          if (code !== 0) this.#connection.close();
        },
        broken: ({ code, message }, speaksHttp2) => {
          if (!this.#connection.isOver) throw new Error("told of a fault, and not over");
          this.#tell(`broken ${code} ${message} ${speaksHttp2}`);
          this.#fault = code;
          this.#isBroken = true;
        },
      },
      () => 0,
    );
  }

  /** `receive` gives bytes to the connection, up to each place where the user does something. */
  run(receive: (connection: Connection, from: number, to: number) => void): this {
    const { bytes, actions } = this.#case;
    let at = 0;
    for (const { at: when, doing } of actions) {
      if (at < when) {
        this.#settle(at);
        receive(this.#connection, at, when);
        at = when;
        this.#settle(at);
      }
      this.#do(doing);
    }
    this.#settle(at);
    if (at < bytes.length) receive(this.#connection, at, bytes.length);
    this.#settle(bytes.length);
    this.#finish();
    return this;
  }

  #tell(what: string): void {
    if (this.#isBroken) throw new Error(`told "${what}" after the end`);
    this.told.push(what);
  }

  #settle(received: number): void {
    endTurn();
    if (this.wire.heldBytes > mostHeldBytes)
      throw new Error(`${this.wire.heldBytes} bytes wait for the system`);
    const sent = this.#sent;
    if (!sent) return;
    sent.received(received);
    sent.sent(this.wire.bytes, this.#looked, this.wire.length);
    this.#looked = this.wire.length;
    if (this.#connection.isOver) return;
    sent.checkConnection();
    this.#checkBlocks(sent);
    for (const call of this.calls) if (call.state === "open") this.#checkCall(call, sent);
  }

  #checkBlocks({ peer }: SentFrames): void {
    if (peer.isBlockBroken) throw new Error("another frame was taken within a header block");
    if (peer.continuations > frameLimits.continuations)
      throw new Error(`a header block of ${peer.continuations} CONTINUATION frames was taken`);
    // Padding and a rank are no part of it, and the first frame is bounded by itself.
    if (peer.continuations > 0 && peer.blockBytes > frameLimits.headerListBytes + 300)
      throw new Error(`a header block of ${peer.blockBytes} bytes was taken`);
  }

  /** What is to be of a call that goes on, whenever the connection has had its turn. */
  #checkCall(call: FuzzedCall, sent: SentFrames): void {
    const { id } = call;
    if (id === 0) {
      if (sent.hasRoom && !this.#goesAway) throw new Error("a call waits, and there is room for it");
      return;
    }
    if (!sent.isWithinWindow(id)) throw new Error("it took more than a stream's window");
    const { peer } = sent;
    if (this.wire.takes) {
      if (call.unsent > 0 && sent.maySend(id)) throw new Error("a call sends nothing, and may");
      if (call.hasEnded && call.unsent === 0 && !sent.hasEnded(id)) throw new Error("the end was not sent");
    }
    if (call.reads && peer.isBetweenFrames && !peer.of(id).isEnded && sent.kept(id) >= sent.streamWindow / 2)
      throw new Error("it gives a stream's window not back");
    if (this.#case.owners === "raw" && call.bytes !== peer.of(id).content)
      throw new Error(`a call heard ${call.bytes} bytes, and ${peer.of(id).content} came`);
  }

  #finish(): void {
    const wasOver = this.#connection.isOver;
    this.#connection.close();
    if (!this.wire.isDestroyed) throw new Error("over, and the wire is not destroyed");
    if (!wasOver) this.#settle(this.#case.bytes.length);
    for (const [place, { state }] of this.calls.entries()) {
      if (state === "open") throw new Error(`call ${place} heard no end`);
    }
    this.wire.takeAll();
    const sent = this.#sent;
    if (!sent) return;
    if (!sent.isOver) throw new Error("over, and it wrote no GOAWAY");
    if (codes[sent.code] !== this.#fault) throw new Error(`it told ${sent.code} for ${this.#fault}`);
    for (const call of this.calls) {
      checkContent(call, sent.peer);
      checkMessages(call, sent.peer);
    }
  }

  #do(doing: Doing): void {
    switch (doing.what) {
      case "open":
        return this.#open();
      case "ping":
        return this.#connection.ping(() => this.#tell("answered"));
      case "hold the wire":
        this.wire.takes = false;
        return;
      case "let the wire go":
        return this.wire.takeAll();
    }
    const call = this.calls[doing.call];
    if (!call) return;
    switch (doing.what) {
      case "send":
        return call.send(doing.bytes);
      case "end":
        return call.end();
      case "reset":
        return call.reset();
      case "stop reading":
        return call.stopReading();
      case "read on":
        return call.readOn();
    }
  }

  #open(): void {
    // As the channel does.
    if (this.#connection.isOver || this.#goesAway) return;
    const call = this.#case.owners === "raw" ? new RawCall() : new GrpcCall();
    this.calls.push(call);
    call.start(this.#connection);
  }
}

// A case leaves nothing behind, so wires are the same for all.
const [wireOfCut, wireOfWhole] = [new Transcript(), new Transcript()];

/** In pieces that end at `cuts`. Of a raw call nobody may look at a piece later, so it is overwritten. */
function inPieces({ bytes, cuts, owners }: FuzzCase) {
  const copy = Buffer.from(bytes);
  let cut = 0;
  return (connection: Connection, from: number, end: number) => {
    for (let at = from; at < end; ) {
      while (cut < cuts.length && (cuts[cut] as number) <= at) cut += 1;
      const to = Math.min(end, cuts[cut] ?? end);
      connection.receive(copy.subarray(at, to));
      if (owners === "raw") copy.fill(0xa5, at, to);
      at = to;
    }
  };
}

/** Bytes as they are. */
const whole =
  ({ bytes }: FuzzCase) =>
  (connection: Connection, from: number, to: number) =>
    connection.receive(bytes.subarray(from, to));

/** Throws an error that says what is wrong. */
export function runCase(fuzzCase: FuzzCase): void {
  const run = new CaseRun(fuzzCase, wireOfCut, true).run(inPieces(fuzzCase));
  if (fuzzCase.isRunTwice) compare(run, new CaseRun(fuzzCase, wireOfWhole, false).run(whole(fuzzCase)));
}

/** What is given back, and when, depends on the cuts; so does whether a peer that does not wait for it sends too much. */
const isAboutWindows = ({ calls }: CaseRun): boolean =>
  calls.some(({ heard }) => heard.at(-1)?.includes("beyond the stream's window"));

function compare(cut: CaseRun, whole: CaseRun): void {
  if (isAboutWindows(cut) || isAboutWindows(whole)) return;
  if (!cut.wire.equals(whole.wire)) {
    const [written, again] = [cut.wire.essence, whole.wire.essence];
    if (!written.equals(again)) throw difference("writes", written.toString("hex"), again.toString("hex"));
  }
  if (!isSame(cut.told, whole.told)) throw difference("tells", cut.told, whole.told);
  for (const [place, call] of cut.calls.entries()) {
    const again = whole.calls[place] as FuzzedCall;
    const isHeardAlike =
      isSame(call.heard, again.heard) && call.bytes === again.bytes && call.sum === again.sum;
    if (!isHeardAlike) throw difference("is heard", [call.heard, call.bytes], [again.heard, again.bytes]);
  }
}

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((one, place) => one === others[place]);

const difference = (what: string, one: unknown, other: unknown) =>
  new Error(`without cuts, it ${what} otherwise: ${JSON.stringify(one)} and ${JSON.stringify(other)}`);

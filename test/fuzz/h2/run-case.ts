/** Runs a case, and throws an error that says what a connection did that it may not. */
import { frameLimits, slabBytes } from "../../../src/protocol/limits.js";
import { Connection } from "../../../src/transport/h2/connection.js";
import { KeepingWire } from "../../transport/h2/support/driven-connection.js";
import type { Doing, FuzzCase } from "./fuzz-case.js";
import { type FuzzedCall, GrpcCall, RawCall } from "./heard.js";
import { SentFrames } from "./sent-frames.js";

/** All that can be seen of a run: two of the same bytes must not differ in it. */
interface Run {
  readonly told: readonly string[];
  readonly heard: readonly (readonly string[])[];
  readonly written: Buffer;
}

/** So many bytes may wait for the system: what streams write, what answers to the peer come to, and a slab of each. */
const mostHeldBytes = frameLimits.unreadBytes + frameLimits.writtenBytes + 2 * slabBytes;

class CaseRun {
  readonly #case: FuzzCase;
  readonly #wire = new KeepingWire();
  readonly #sent: SentFrames | undefined;
  readonly #told: string[] = [];
  readonly #calls: FuzzedCall[] = [];
  readonly #connection: Connection;
  #goesAway = false;
  #looked = 0;

  /** `looks`: what is written is looked at, frame by frame. */
  constructor(fuzzCase: FuzzCase, looks: boolean) {
    this.#case = fuzzCase;
    this.#sent = looks ? new SentFrames(fuzzCase.bytes) : undefined;
    this.#connection = new Connection(
      this.#wire,
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
          this.#told.push("over");
        },
      },
      () => 0,
    );
  }

  /** Bytes come up to each of `ends`; what the user does comes in between. */
  run(ends: readonly number[]): Run {
    const { bytes, actions } = this.#case;
    let at = 0;
    let cut = 0;
    const receiveTo = (end: number): void => {
      while (at < end) {
        while (cut < ends.length && (ends[cut] as number) <= at) cut += 1;
        const to = Math.min(end, ends[cut] ?? end);
        this.#connection.receive(bytes.subarray(at, to));
        at = to;
      }
      this.#settle(end);
    };
    for (const { at: when, doing } of actions) {
      receiveTo(when);
      this.#do(doing);
      this.#settle(when);
    }
    receiveTo(bytes.length);
    this.#finish();
    return {
      told: this.#told,
      heard: this.#calls.map(({ heard }) => heard),
      written: Buffer.concat(this.#wire.written),
    };
  }

  #tell(what: string): void {
    if (this.#told.at(-1) === "over") throw new Error(`told "${what}" after the end`);
    this.#told.push(what);
  }

  #settle(received: number): void {
    this.#connection.flush();
    if (this.#wire.heldBytes > mostHeldBytes)
      throw new Error(`${this.#wire.heldBytes} bytes wait for the system`);
    if (!this.#sent) return;
    this.#sent.received(received);
    for (; this.#looked < this.#wire.written.length; this.#looked++)
      this.#sent.sent(this.#wire.written[this.#looked] as Buffer);
  }

  #finish(): void {
    const wasOver = this.#connection.isOver;
    this.#connection.close();
    if (!this.#wire.isDestroyed) throw new Error("over, and the wire is not destroyed");
    if (!wasOver) this.#settle(this.#case.bytes.length);
    for (const [place, { state }] of this.#calls.entries()) {
      if (state === "open") throw new Error(`call ${place} heard no end`);
    }
    this.#wire.takeAll();
  }

  #do(doing: Doing): void {
    switch (doing.what) {
      case "open":
        return this.#open();
      case "ping":
        return this.#connection.ping(() => this.#tell("answered"));
      case "hold the wire":
        this.#wire.takes = false;
        return;
      case "let the wire go":
        return this.#wire.takeAll();
    }
    const call = this.#calls[doing.call];
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
    this.#calls.push(call);
    call.start(this.#connection);
  }
}

/** Throws an error that says what is wrong. */
export function runCase(fuzzCase: FuzzCase): void {
  const whole = new CaseRun(fuzzCase, true).run([]);
  const cut = new CaseRun(fuzzCase, false).run(fuzzCase.cuts);
  const difference = (what: string, one: unknown, other: unknown) =>
    new Error(`cut otherwise, it ${what} otherwise: ${JSON.stringify(one)} and ${JSON.stringify(other)}`);
  if (!whole.written.equals(cut.written))
    throw difference("writes", whole.written.toString("hex"), cut.written.toString("hex"));
  const [told, toldCut] = [whole.told.join(), cut.told.join()];
  if (told !== toldCut) throw difference("tells", told, toldCut);
  const [heard, heardCut] = [JSON.stringify(whole.heard), JSON.stringify(cut.heard)];
  if (heard !== heardCut) throw difference("is heard", whole.heard, cut.heard);
}

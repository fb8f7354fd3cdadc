/**
 * Brings answers to the gateway: over the stream that is attached, through the outbox, with back-pressure.
 * Unconfirmed answers of earlier streams go out first, in order, as soon as a stream is attached.
 */
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Answer } from "./answers.js";
import { type AnswerRefusal, type Kept, Outbox, type OutboxLimits, type Suspect } from "./outbox.js";
import type { RequestTap } from "./request-tap.js";

/** Where answers go; a stream's session implements it. False: taken, but wait for `writable()`. */
export interface AnswerSender {
  send(message: StreamMessage): boolean;
}

/** Answers after which a confirmation is worth a heartbeat. */
const confirmationBatch = 256;

export class Delivery {
  readonly #limits: OutboxLimits;
  readonly #outbox: Outbox;
  #sender: AnswerSender | undefined;
  /** Undefined while nobody looks. */
  #tap: RequestTap | undefined;
  /** Answers waiting for `writable()`, oldest first; they are in the outbox too. */
  #unsent: Set<string> | undefined;

  constructor(limits: OutboxLimits, now: () => number) {
    this.#limits = limits;
    this.#outbox = new Outbox(limits, now);
  }

  /** Has a tap told of every answer. */
  setTap(tap: RequestTap | undefined): void {
    this.#tap = tap;
    this.#outbox.setTap(tap);
  }

  /** Whose stream is attached. */
  get sender(): AnswerSender | undefined {
    return this.#sender;
  }

  get unconfirmed(): number {
    return this.#outbox.size;
  }

  get evicted(): number {
    return this.#outbox.evicted;
  }

  /** Whether so much is unconfirmed that it is worth asking: a reconnect would send all of it again. */
  get wantsConfirmation(): boolean {
    return this.#outbox.size >= confirmationBatch || this.#outbox.bytes > this.#limits.maxBytes / 2;
  }

  /** Whether so much waits for room that no more requests should be taken. */
  get saturated(): boolean {
    return this.#unsent !== undefined && this.#outbox.bytes > this.#limits.maxBytes / 2;
  }

  ids(): readonly string[] {
    return this.#outbox.ids();
  }

  /** A stream is open. Idempotent for the same sender. */
  attach(sender: AnswerSender): void {
    if (this.#sender === sender) return;
    this.#outbox.streamLost();
    this.#sender = sender;
    this.#unsent = undefined;
    for (const kept of this.#outbox.pending()) this.#hand(kept);
  }

  /** The stream is gone; a later one's detach is not mistaken for this one's. */
  detach(sender: AnswerSender): void {
    if (this.#sender !== sender) return;
    this.#sender = undefined;
    this.#unsent = undefined;
    this.#outbox.streamLost();
  }

  /** The stream's buffer has room again. Returns whether there still is after what waited. */
  writable(): boolean {
    const waiting = this.#unsent;
    this.#unsent = undefined;
    for (const requestId of waiting ?? []) {
      const kept = this.#outbox.answerTo(requestId);
      if (kept) this.#hand(kept);
    }
    return this.#unsent === undefined;
  }

  /** Made `at`, on the clock of the outbox. */
  answer(requestId: string, answer: Answer, at: number): void {
    this.#hand(this.replace(requestId, answer, at));
  }

  /** Keeps another answer for the next stream. */
  replace(requestId: string, answer: Answer, at: number): Kept {
    const { message: body } = answer.message;
    const textBytes = body.case === "executeResponse" ? body.value.error.length : 0;
    return this.#outbox.add(requestId, answer.message, answer.payloadBytes + textBytes, at);
  }

  /** The gateway has ended the stream. Returns the answer that it ends every stream for. */
  refused(by: AnswerRefusal): Suspect | undefined {
    return this.#outbox.refused(by);
  }

  /** Sends an answer that is still kept once more; false when there is none. */
  repeat(requestId: string): boolean {
    const kept = this.#outbox.answerTo(requestId);
    if (!kept) return false;
    this.#hand(kept);
    return true;
  }

  mark(): number {
    return this.#outbox.mark();
  }

  confirm(mark: number): void {
    this.#outbox.confirm(mark);
  }

  #hand(kept: Kept): void {
    if (!this.#sender) return;
    if (this.#unsent) {
      this.#unsent.add(kept.requestId);
      return;
    }
    this.#outbox.sent(kept);
    this.#tap?.sent(kept.requestId);
    if (!this.#sender.send(kept.message)) this.#unsent = new Set();
  }
}

/**
 * Answers that the gateway has not confirmed: kept in order, bounded by bytes and age. An answer to a heartbeat
 * that was sent after a result on the same stream confirms the result, because streams are ordered.
 */

import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { suspicion } from "../protocol/limits.js";
import type { RequestTap } from "./request-tap.js";
import { TurnoverMap } from "./turnover-map.js";

export interface OutboxLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** How a gateway ended a stream: it said that something was too large, or something that may mean so. */
export type AnswerRefusal = keyof typeof suspicion;

export interface Suspect {
  readonly requestId: string;
  /** What it carries. */
  readonly bytes: number;
}

/** An answer that the outbox has, or had. */
export interface Kept {
  readonly requestId: string;
  readonly message: StreamMessage;
}

interface Entry extends Kept {
  readonly bytes: number;
  readonly at: number;
  /** Streams that the gateway ended while it was on its way. */
  refusals: number;
  /** Neither confirmed, nor replaced, nor given up. */
  isHere: boolean;
}

const isHere = (entry: Entry): boolean => entry.isHere;

/** What an entry costs besides what it carries and its id. */
const overheadBytes = 200;

export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #now: () => number;
  /** By request id, in the order of the answers. */
  readonly #entries = new TurnoverMap<string, Entry>();
  /** In the order they were handed to the current stream, since the last confirmation. */
  #sent: Entry[] = [];
  #sentBefore = 0;
  #bytes = 0;
  /** Nothing kept is older; confirmations may have made it younger since. Spares a look at the entries. */
  #oldestAt = 0;
  #evicted = 0;
  /** Undefined while nobody looks. */
  #tap: RequestTap | undefined;

  constructor(limits: OutboxLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  setTap(tap: RequestTap | undefined): void {
    this.#tap = tap;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Answers given up because of the bound; each may be lost to its caller if its stream was lost too. */
  get evicted(): number {
    return this.#evicted;
  }

  ids(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** The answer already given to a request, while it is kept. */
  answerTo(requestId: string): Kept | undefined {
    return this.#entries.get(requestId);
  }

  /** Keeps an answer made `at`, in the place of an earlier one to the same request. */
  add(requestId: string, message: StreamMessage, carriedBytes: number, at: number): Kept {
    const bytes = carriedBytes + requestId.length + overheadBytes;
    const before = this.#entries.get(requestId);
    if (before) this.#remove(before);
    if (this.#entries.size === 0) this.#oldestAt = at;
    const entry: Entry = { requestId, message, bytes, at, refusals: 0, isHere: true };
    this.#entries.set(requestId, entry);
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.maxBytes || at - this.#oldestAt > this.#limits.maxAgeMs) this.#evict(at);
    return entry;
  }

  /** Everything kept, oldest first: what a fresh stream must carry first. What is too old by now is given up. */
  pending(): readonly Kept[] {
    const oldest = this.#now() - this.#limits.maxAgeMs;
    for (const entry of this.#entries.values()) {
      if (entry.at >= oldest) break;
      this.#giveUp(entry);
    }
    return [...this.#entries.values()];
  }

  /** An answer of this outbox was handed to the current stream. */
  sent(answer: Kept): void {
    this.#sent.push(answer as Entry); // it gives out no others
  }

  /** A point in the current stream: everything handed over so far lies before it. */
  mark(): number {
    return this.#sentBefore + this.#sent.length;
  }

  /** Confirms what was handed over before the mark. */
  confirm(mark: number): void {
    const count = Math.min(Math.max(0, mark - this.#sentBefore), this.#sent.length);
    // To make the table anew costs as much as what is left in it, to take entries out as much as they are.
    const areMost = count > 0 && 2 * count >= this.#entries.size;
    for (let i = 0; i < count; i += 1) {
      const entry = this.#sent[i];
      if (!entry) continue;
      if (areMost) this.#release(entry);
      else this.#remove(entry);
      this.#tap?.confirmed(entry.requestId);
    }
    if (areMost) this.#entries.sweep(isHere);
    this.#sent = this.#sent.slice(count);
    this.#sentBefore += count;
  }

  /**
   * The gateway has ended the stream. Returns the answer that it mostly ended it for, when that was so before: the
   * largest of those on their way.
   */
  refused(by: AnswerRefusal): Suspect | undefined {
    const { bytes, streams } = suspicion[by];
    let largest: Entry | undefined;
    for (const entry of new Set(this.#sent)) {
      if (!entry.isHere || entry.bytes < bytes) continue;
      entry.refusals += 1;
      if (entry.bytes > (largest?.bytes ?? 0)) largest = entry;
    }
    if (!largest || largest.refusals < streams) return undefined;
    const { requestId } = largest;
    return { requestId, bytes: largest.bytes - requestId.length - overheadBytes };
  }

  /** The stream is gone: what it carried is unconfirmed again. */
  streamLost(): void {
    this.#tap?.streamLost();
    this.#sentBefore += this.#sent.length;
    this.#sent = [];
  }

  /** Nothing for one that has gone: it may have been sent twice, and another may have its place. */
  #remove(entry: Entry): void {
    if (this.#release(entry)) this.#entries.delete(entry.requestId);
  }

  /** What is left to do is to take it out of the table. Returns false for one that has gone before. */
  #release(entry: Entry): boolean {
    if (!entry.isHere) return false;
    entry.isHere = false;
    this.#bytes -= entry.bytes;
    return true;
  }

  #evict(now: number): void {
    const oldest = now - this.#limits.maxAgeMs;
    for (const entry of this.#entries.values()) {
      this.#oldestAt = entry.at;
      // The newest answer always stays, however large: it is on its way right now.
      if (this.#entries.size === 1 || (this.#bytes <= this.#limits.maxBytes && entry.at >= oldest)) return;
      this.#giveUp(entry);
    }
  }

  #giveUp(entry: Entry): void {
    this.#remove(entry);
    this.#tap?.evicted(entry.requestId);
    this.#evicted += 1;
  }
}

/** A place in the log, and those who read from it: one reader by itself, or a group that shares the events. */
import type { EventDelivery } from "./broker.js";
import type { EventLog, Kept } from "./event-log.js";
import type { Member } from "./member.js";

/** An event that somebody holds, or that comes again. */
interface Held {
  readonly kept: Kept;
  readonly missed: number;
  deliveries: number;
  holder: Member | undefined;
}

export class Reader {
  readonly #log: EventLog;
  readonly matches: (topic: string) => boolean;
  readonly buffer: number;
  /** The next place to look at. */
  #place: number;
  /** Events from there on that match; what was there at the beginning may be more than the buffer. */
  #waiting = 0;
  readonly #mostWaiting: number;
  #missed = 0;
  /** Handed out and not acknowledged. */
  readonly #held = new Set<Held>();
  /** To hand out again, before what is new, in the order of publication. */
  #again: Held[] = [];
  readonly members = new Set<Member>();

  constructor(log: EventLog, matches: (topic: string) => boolean, place: number, buffer: number, missed = 0) {
    this.#log = log;
    this.matches = matches;
    this.buffer = buffer;
    this.#missed = missed;
    this.#place = Math.max(place, log.begin);
    for (let at = this.#place; at < log.end; at += 1) if (this.#isWanted(log.at(at))) this.#waiting += 1;
    this.#mostWaiting = Math.max(buffer, this.#waiting);
  }

  /** It is in the log. */
  published(kept: Kept): void {
    if (!this.matches(kept.message.topic)) return;
    this.#waiting += 1;
    this.#handOut();
    if (this.#waiting > this.#mostWaiting) this.#miss();
  }

  /** The log is about to let go of it. */
  gone(kept: Kept): void {
    if (kept.place < this.#place) return;
    this.#place = kept.place + 1;
    if (!this.matches(kept.message.topic)) return;
    this.#waiting -= 1;
    if (!isExpired(kept)) this.#missed += 1;
  }

  join(member: Member): void {
    this.members.add(member);
    this.#handOut();
  }

  leave(member: Member): void {
    this.members.delete(member);
    for (const held of [...this.#held]) if (held.holder === member) this.#giveBack(held);
    this.#handOut();
  }

  /** Somebody waits, or has room again. */
  wanted(): void {
    this.#handOut();
  }

  #isWanted(kept: Kept | undefined): kept is Kept {
    return kept !== undefined && this.matches(kept.message.topic);
  }

  #miss(): void {
    for (; this.#place < this.#log.end; this.#place += 1) {
      const kept = this.#log.at(this.#place);
      if (!this.#isWanted(kept)) continue;
      this.gone(kept);
      return;
    }
  }

  #handOut(): void {
    for (const member of this.members)
      while (member.isWaiting) {
        const held = this.#next(member);
        if (!held) break;
        held.deliveries += 1;
        held.holder = member;
        if (!member.autoAck) this.#held.add(held);
        // Whoever waited longest is not the first next time.
        this.members.delete(member);
        this.members.add(member);
        member.take(this.#delivery(held));
      }
  }

  /** Whether an event of the same key is with somebody else. */
  #isWithAnother({ partitionKey }: Kept, member: Member): boolean {
    if (partitionKey === undefined) return false;
    for (const { kept, holder } of this.#held)
      if (kept.partitionKey === partitionKey && holder !== member) return true;
    return false;
  }

  #next(member: Member): Held | undefined {
    if (this.#held.size >= this.buffer) return undefined;
    const again = this.#again.findIndex(({ kept }) => !this.#isWithAnother(kept, member));
    if (again >= 0) return this.#again.splice(again, 1)[0];
    for (; this.#place < this.#log.end; this.#place += 1) {
      const kept = this.#log.at(this.#place);
      if (!this.#isWanted(kept)) continue;
      // Those behind it wait as well: what is read is read in order.
      if (this.#isWithAnother(kept, member) || this.#comesAgain(kept)) return undefined;
      this.#place += 1;
      this.#waiting -= 1;
      if (isExpired(kept)) {
        this.#place -= 1;
        continue;
      }
      const missed = this.#missed;
      this.#missed = 0;
      return { kept, missed, deliveries: 0, holder: undefined };
    }
    return undefined;
  }

  /** An event of the same key before it has to come again first. */
  #comesAgain({ partitionKey }: Kept): boolean {
    return partitionKey !== undefined && this.#again.some(({ kept }) => kept.partitionKey === partitionKey);
  }

  #giveBack(held: Held): void {
    if (!this.#held.delete(held)) return;
    held.holder = undefined;
    this.#again.push(held);
    this.#again.sort((a, b) => a.kept.place - b.kept.place);
  }

  #delivery(held: Held): EventDelivery {
    const { kept, missed, deliveries, holder } = held;
    // A later reader of the same event has a delivery of its own.
    const isHere = () => this.#held.has(held) && held.holder === holder && held.deliveries === deliveries;
    const done = () => {
      if (!isHere()) return;
      this.#held.delete(held);
      this.#handOut();
    };
    return {
      message: { ...kept.message, payload: JSON.parse(kept.json) },
      missed: deliveries > 1 ? 0 : missed,
      deliveries,
      acknowledge: done,
      reject: ({ requeue = false } = {}) => {
        if (!requeue) return done();
        if (!isHere()) return;
        this.#giveBack(held);
        this.#handOut();
      },
    };
  }
}

const isExpired = ({ expiresAt }: Kept): boolean => performance.now() >= expiresAt;

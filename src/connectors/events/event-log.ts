/** Events in the order in which they were published, within bounds of number and bytes; the oldest goes first. */
import type { EventMessage } from "./broker.js";

/** An event as the broker keeps it. */
export interface Kept {
  readonly place: number;
  readonly message: Omit<EventMessage, "payload">;
  /** Its payload as JSON: each reader gets a copy of its own. */
  readonly json: string;
  readonly bytes: number;
  readonly partitionKey: string | undefined;
  /** On the clock of `performance.now`. */
  readonly expiresAt: number;
}

export class EventLog {
  readonly #most: { readonly events: number; readonly bytes: number };
  readonly #onGone: (kept: Kept) => void;
  #events: Kept[] = [];
  /** Where the oldest is in `#events`; what is before is empty and cut off from time to time. */
  #first = 0;
  #bytes = 0;
  #next = 0;
  /** When the last one that is not kept any more was published. */
  lastGoneAt = Number.NEGATIVE_INFINITY;
  readonly #byId = new Map<string, Kept>();
  readonly #topics = new Map<string, number>();

  constructor(most: { readonly events: number; readonly bytes: number }, onGone: (kept: Kept) => void) {
    this.#most = most;
    this.#onGone = onGone;
  }

  /** Where the next one will be. */
  get end(): number {
    return this.#next;
  }

  /** Where the oldest is. */
  get begin(): number {
    return this.#next - (this.#events.length - this.#first);
  }

  get topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  withId(id: string): Kept | undefined {
    return this.#byId.get(id);
  }

  at(place: number): Kept | undefined {
    return this.#events[this.#first + place - this.begin];
  }

  /** Where the first event of that time or later is. */
  placeOfTime(timestamp: number): number {
    for (let place = this.begin; place < this.end; place += 1)
      if ((this.at(place)?.message.timestamp ?? 0) >= timestamp) return place;
    return this.end;
  }

  add(event: Omit<Kept, "place">): Kept {
    const kept = { ...event, place: this.#next };
    while (
      this.end > this.begin &&
      (this.end - this.begin >= this.#most.events || this.#bytes + kept.bytes > this.#most.bytes)
    )
      this.#drop();
    this.#next += 1;
    this.#events.push(kept);
    this.#bytes += kept.bytes;
    this.#byId.set(kept.message.message_id, kept);
    const { topic } = kept.message;
    this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + 1);
    return kept;
  }

  #drop(): void {
    const kept = this.#events[this.#first];
    if (!kept) return;
    this.#onGone(kept);
    this.lastGoneAt = kept.message.timestamp;
    this.#first += 1;
    this.#bytes -= kept.bytes;
    this.#byId.delete(kept.message.message_id);
    const { topic } = kept.message;
    const left = (this.#topics.get(topic) ?? 1) - 1;
    if (left > 0) this.#topics.set(topic, left);
    else this.#topics.delete(topic);
    if (this.#first < 1_000 || this.#first * 2 < this.#events.length) return;
    this.#events = this.#events.slice(this.#first);
    this.#first = 0;
  }
}

/** A reader by itself: a consumer of its own that nobody else reads, in order. Its place is known here, so it is made anew after a loss. */
import { randomUUID } from "node:crypto";
import type { ConsumerConfig } from "@nats-io/jetstream";
import { type TopicPattern, topicMatcher } from "../connectors/events/topic-pattern.js";
import type { Link, Opened } from "./link.js";
import { lostBehind, Place } from "./place.js";
import { Pull, type Pulled } from "./pull.js";
import { type Arrived, isExpired, NatsReader, type ReaderOptions } from "./reader.js";
import { nanos } from "./stream.js";
import { filterOf } from "./subjects.js";
import { eventOf } from "./wire.js";

/** Where it begins: at a place of the stream, or at a time, since 1970 in ms. */
export type Start = { readonly seq: number } | { readonly time: number };

/** Messages that are asked for at once. */
const batch = 100;

/** How long the server keeps it when nothing is heard of its reader. */
const inactiveMs = 300_000;

/** The clocks of publishers and the server may differ so much. */
export const clockSkewMs = 60_000;

export const startOf = (start: Start): Partial<ConsumerConfig> =>
  "seq" in start
    ? { deliver_policy: "by_start_sequence", opt_start_seq: Math.max(1, start.seq) }
    : {
        deliver_policy: "by_start_time",
        opt_start_time: new Date(Math.max(0, start.time - clockSkewMs)).toISOString(),
      };

export class LoneReader extends NatsReader {
  readonly #pattern: TopicPattern;
  readonly #matches: (topic: string) => boolean;
  readonly #since: number;
  #start: Start;
  #last = 0;
  #ready: Arrived[] = [];
  #again: Arrived[] = [];
  #pull: Pull | undefined;
  #consumer = "";
  readonly #place = new Place();
  #looking: Pull | undefined;

  constructor(link: Link, pattern: TopicPattern, start: Start, options: ReaderOptions, missed: number) {
    super(link, options);
    this.#pattern = pattern;
    this.#matches = topicMatcher(pattern);
    this.#start = start;
    this.#since = "time" in start ? start.time : Number.NEGATIVE_INFINITY;
    this.missed = missed;
  }

  protected async make(opened: Opened, isWanted: () => boolean): Promise<void> {
    const { stream } = this.link.settings;
    const remove = (consumer: string) => void opened.jsm.consumers.delete(stream, consumer).catch(() => {});
    if (this.#consumer) remove(this.#consumer);
    const name = `r_${randomUUID()}`;
    await opened.jsm.consumers.add(stream, {
      name,
      ack_policy: "none",
      ...startOf(this.#last > 0 ? { seq: this.#last + 1 } : this.#start),
      filter_subject: filterOf(stream, "*", this.#pattern),
      inactive_threshold: nanos(inactiveMs),
      mem_storage: true,
      num_replicas: 1,
    });
    if (!isWanted()) return remove(name);
    this.#consumer = name;
    this.#place.rests();
    this.#pull = new Pull(
      opened,
      { stream, consumer: name },
      {
        pulled: (message) => this.#pulled(message),
        answered: () => this.#answered(),
        failed: (error) => this.failed(error),
      },
    );
  }

  protected unmake(): void {
    this.#pull?.close();
    this.#pull = undefined;
  }

  protected beginAnew(): void {
    this.#last = 0;
    this.#start = { seq: 1 };
  }

  protected settle(arrived: Arrived, how: "done" | "dropped" | "again"): void {
    if (how !== "again") return;
    this.#again.push({ ...arrived, deliveries: arrived.deliveries + 1 });
    this.#again.sort((a, b) => a.seq - b.seq);
  }

  protected pump(): void {
    while (this.waiting.length > 0 && this.hasRoom) {
      const arrived = this.#again.shift() ?? this.#ready.shift();
      if (!arrived) break;
      if (!isExpired(arrived)) this.handOut(arrived);
    }
    if (this.waiting.length === 0) return;
    if (this.hasRoom) void this.#ask();
    else this.endPolls();
  }

  protected async release(): Promise<void> {
    this.#pull?.close();
    if (this.#consumer && this.link.isUp)
      await this.link
        .open()
        .then(({ jsm }) => jsm.consumers.delete(this.link.settings.stream, this.#consumer))
        .catch(() => {});
  }

  async #ask(): Promise<void> {
    const pull = this.#pull;
    if (!pull || this.#looking === pull) return;
    if (pull.standing === 0 && this.#place.hasRested) {
      this.#looking = pull;
      await this.#look();
      if (this.#pull !== pull || this.isClosed) return;
      this.#looking = undefined;
    }
    const isPolling = this.waiting.some((one) => one.isPolling) && !pull.isPolling;
    const isWaiting = this.waiting.some((one) => !one.isPolling) && pull.standing === 0;
    const size = Math.min(batch, this.options.buffer);
    if (isPolling) pull.ask(size, false);
    if (isWaiting) pull.ask(size, true);
  }

  /** Whether something was lost while nobody asked. */
  async #look(): Promise<void> {
    try {
      const opened = await this.link.open();
      const lost = await lostBehind(opened, this.link.settings.stream, [this.#consumer]);
      // How many of them fit the pattern, nobody knows any more.
      if (lost > 0) this.missed += this.#pattern === "All" ? lost : 1;
    } catch {
      // What is wrong, the request itself finds.
    }
  }

  #pulled({ subject, data, headers, seq, storedAt }: Pulled): void {
    if (seq <= this.#last) return;
    this.#last = seq;
    const incoming = eventOf(this.link.settings.stream, { subject, data, headers, seq, storedAt });
    const { message, expiresAt } = incoming;
    if (this.#matches(message.topic) && message.timestamp >= this.#since)
      this.#ready.push({ seq, message, deliveries: 1, expiresAt, reply: "" });
    if (this.#pull?.standing === 0) this.#place.rests();
    this.pump();
  }

  #answered(): void {
    this.#place.rests();
    if (this.#pull && !this.#pull.isPolling && this.#ready.length === 0) this.endPolls();
    this.pump();
  }
}

/** A broker in this process's memory: bounded, in order, and gone with the process. */
import { randomUUID } from "node:crypto";
import { invalidConfig } from "../../errors.js";
import { checkOptions } from "../../options/check.js";
import { bounded } from "../../options/ranges.js";
import { badRequest } from "../bad-request.js";
import type {
  EventBroker,
  EventMessage,
  EventSubscription,
  PublishOptions,
  SubscribeOptions,
} from "./broker.js";
import { brokerClosed, groupReadsAnother, unknownFromId } from "./broker-words.js";
import { EventLog } from "./event-log.js";
import { eventJson } from "./event-payload.js";
import { checkPublish, checkSubscribe } from "./given-options.js";
import { Member } from "./member.js";
import { memoryBrokerCall, subscribeCall } from "./option-table.js";
import { Reader } from "./reader.js";
import { checkTopic, type TopicPattern, topicMatcher } from "./topic-pattern.js";

/** Options of {@link memoryBroker}. */
export interface MemoryBrokerOptions {
  /**
   * Events that are kept; the oldest goes first.
   * @default 10,000
   */
  readonly maxEvents?: number;
  /**
   * Bytes of events that are kept.
   * @default 16 MiB
   */
  readonly maxBytes?: number;
  /**
   * Bytes of one event's payload.
   * @default 1 MiB
   */
  readonly maxEventBytes?: number;
  /**
   * Readers at once, and consumer groups.
   * @default 1,000
   */
  readonly maxSubscriptions?: number;
}

type Limits = Required<MemoryBrokerOptions>;

class MemoryBroker implements EventBroker {
  readonly isOrdered = true;
  readonly #limits: Limits;
  readonly #log: EventLog;
  readonly #readers = new Set<Reader>();
  readonly #groups = new Map<string, { readonly pattern: string; readonly reader: Reader }>();
  readonly #members = new Set<Member>();
  #isClosed = false;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#log = new EventLog({ events: limits.maxEvents, bytes: limits.maxBytes }, (kept) => {
      for (const reader of this.#readers) reader.gone(kept);
    });
  }

  async publish(topic: string, payload: unknown, options: PublishOptions = {}): Promise<EventMessage> {
    checkTopic(topic);
    checkPublish(options);
    this.#refuseClosed();
    const { id = randomUUID(), headers = {}, partitionKey, ttlMs = Number.POSITIVE_INFINITY } = options;
    const before = this.#log.withId(id);
    if (before) return { ...before.message, payload: JSON.parse(before.json) };
    const json = eventJson(payload, this.#limits.maxEventBytes);
    const message = { topic, message_id: id, timestamp: Date.now(), headers: { ...headers } };
    const bytes = Buffer.byteLength(json) + Buffer.byteLength(JSON.stringify(message));
    const expiresAt = performance.now() + ttlMs;
    const kept = this.#log.add({ message, json, bytes, partitionKey, expiresAt });
    for (const reader of this.#readers) reader.published(kept);
    return { ...message, payload };
  }

  async subscribe(
    pattern: TopicPattern | string,
    options: SubscribeOptions = {},
  ): Promise<EventSubscription> {
    const wanted = checkSubscribe(pattern, options, {
      isClosed: this.#isClosed,
      readers: this.#members.size,
      maxSubscriptions: this.#limits.maxSubscriptions,
    });
    const { group, autoAck = true } = options;
    const reader =
      group === undefined ? this.#reader(wanted, options) : this.#ofGroup(group, wanted, options);
    const member = new Member(
      autoAck,
      () => reader.wanted(),
      (left) => {
        this.#members.delete(left);
        reader.leave(left);
        if (group === undefined) this.#readers.delete(reader);
      },
    );
    this.#members.add(member);
    reader.join(member);
    return member;
  }

  async topics(): Promise<readonly string[]> {
    return this.#log.topics;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#members].map((member) => member.close()));
    this.#readers.clear();
    this.#groups.clear();
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw brokerClosed();
  }

  #reader(pattern: TopicPattern, options: SubscribeOptions): Reader {
    const { fromId, fromTimestamp, buffer = subscribeCall.table.buffer.default } = options;
    const log = this.#log;
    let place = log.end;
    if (fromId !== undefined) {
      const from = log.withId(fromId);
      if (!from) throw unknownFromId();
      place = from.place + 1;
    } else if (fromTimestamp !== undefined) place = log.placeOfTime(fromTimestamp);
    // How many of them would have matched, nobody knows any more.
    const missed =
      fromTimestamp !== undefined && fromId === undefined && log.lastGoneAt >= fromTimestamp ? 1 : 0;
    const reader = new Reader(log, topicMatcher(pattern), place, buffer, missed);
    this.#readers.add(reader);
    return reader;
  }

  #ofGroup(group: string, pattern: TopicPattern, options: SubscribeOptions): Reader {
    const name = JSON.stringify(pattern);
    const known = this.#groups.get(group);
    if (known?.pattern === name) return known.reader;
    if (known) throw groupReadsAnother(known.pattern);
    const { maxSubscriptions } = this.#limits;
    if (this.#groups.size >= maxSubscriptions)
      throw badRequest(`there are ${maxSubscriptions} groups already (maxSubscriptions): use one of them.`);
    const reader = this.#reader(pattern, options);
    this.#groups.set(group, { pattern: name, reader });
    return reader;
  }
}

/**
 * A broker in this process's memory. Events are in order, and bounded: a reader that is too slow for what is kept is told
 * how many it has missed. All is gone with the process.
 *
 * @example
 * ```ts
 * import { memoryBroker } from "mooring";
 *
 * const broker = memoryBroker({ maxEvents: 1_000 });
 * const orders = await broker.subscribe("orders.**");
 * await broker.publish("orders.eu.created", { id: 7 });
 * console.log((await orders.next())?.message.payload);
 * await broker.close();
 * ```
 */
export function memoryBroker(options: MemoryBrokerOptions = {}): EventBroker {
  checkOptions(options, memoryBrokerCall);
  const { table } = memoryBrokerCall;
  const of = (name: keyof Limits) => bounded(name, options[name] ?? table[name].default, table[name]);
  const limits = {
    maxEvents: of("maxEvents"),
    maxBytes: of("maxBytes"),
    maxEventBytes: of("maxEventBytes"),
    maxSubscriptions: of("maxSubscriptions"),
  };
  if (limits.maxEventBytes > limits.maxBytes)
    throw invalidConfig(
      `maxEventBytes must be at most maxBytes (${limits.maxBytes}); got ${limits.maxEventBytes}.`,
    );
  return new MemoryBroker(limits);
}

/** The broker on NATS JetStream: its events outlive this process, and many processes share them. */
import { randomUUID } from "node:crypto";
import type {
  EventBroker,
  EventMessage,
  EventSubscription,
  PublishOptions,
  SubscribeOptions,
} from "../connectors/events/broker.js";
import { brokerClosed, unknownFromId } from "../connectors/events/broker-words.js";
import { eventJson } from "../connectors/events/event-payload.js";
import { checkPublish, checkSubscribe } from "../connectors/events/given-options.js";
import { subscribeCall } from "../connectors/events/option-table.js";
import { checkTopic, type TopicPattern } from "../connectors/events/topic-pattern.js";
import { IdFinder, mostLookedAt } from "./find-id.js";
import { GroupReader } from "./group-reader.js";
import { Link, type Opened } from "./link.js";
import { LoneReader, type Start, startOf } from "./lone-reader.js";
import { type NatsBrokerOptions, type Settings, settingsOf } from "./options.js";
import type { NatsReader } from "./reader.js";
import { laneOf, subjectOf, topicOf } from "./subjects.js";
import { eventHeader, eventOf, eventText, idHeader, serverId } from "./wire.js";

/** What the server adds to a message with headers, in bytes: its version line and line ends. */
const headerFrame = 64;

/** Where a reader begins, and whether something that it asks for is gone. */
interface Begin {
  readonly start: Start;
  readonly missed: number;
}

class NatsBroker implements EventBroker {
  readonly isOrdered = true;
  readonly #settings: Settings;
  readonly #link: Link;
  readonly #ids = new IdFinder();
  readonly #readers = new Set<NatsReader>();
  #isClosed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#link = new Link(settings);
  }

  async publish(topic: string, payload: unknown, options: PublishOptions = {}): Promise<EventMessage> {
    checkTopic(topic);
    checkPublish(options);
    this.#refuseClosed();
    const { id = randomUUID(), headers = {}, ttlMs } = options;
    const json = eventJson(payload, this.#settings.maxEventBytes);
    const timestamp = Date.now();
    const message = { topic, message_id: id, timestamp, headers: { ...headers } };
    const told = eventText({ ...message, ...(ttlMs === undefined ? {} : { expiresAt: timestamp + ttlMs }) });
    return this.#link.call(async (opened, timeout) => {
      const carried = opened.headers();
      carried.set(eventHeader, told);
      const most =
        (opened.nc.info?.max_payload ?? 0) - told.length - headerFrame - idHeader.length - id.length;
      if (Buffer.byteLength(json) > most)
        eventJson(payload, Math.max(0, most), "max_payload of the server, less headers");
      // Sent again after a loss, it is still published once: its id stays.
      const { duplicate, seq } = await opened.js.publish(this.#subject(topic, options, opened), json, {
        msgID: serverId(id),
        headers: carried,
        timeout,
        ...(ttlMs !== undefined && opened.hasTtl ? { ttl: `${Math.ceil(ttlMs / 1_000)}s` } : {}),
      });
      const before = duplicate ? await this.#at(opened, seq) : undefined;
      return before ?? { ...message, payload };
    });
  }

  async subscribe(
    pattern: TopicPattern | string,
    options: SubscribeOptions = {},
  ): Promise<EventSubscription> {
    const wanted = checkSubscribe(pattern, options, {
      isClosed: this.#isClosed,
      readers: this.#readers.size,
      maxSubscriptions: this.#settings.maxSubscriptions,
    });
    const { autoAck = true, buffer = subscribeCall.table.buffer.default, group } = options;
    const left = (reader: NatsReader) => void this.#readers.delete(reader);
    const { start, missed } = await this.#begin(options);
    const readerOptions = { autoAck, buffer, left };
    const reader =
      group === undefined
        ? new LoneReader(this.#link, wanted, start, readerOptions, missed)
        : new GroupReader(
            this.#link,
            {
              group,
              pattern: wanted,
              buffer,
              start: startOf(start),
              since: "time" in start ? start.time : undefined,
            },
            readerOptions,
          );
    this.#readers.add(reader);
    try {
      await reader.place();
      this.#refuseClosed();
      return reader;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  async topics(): Promise<readonly string[]> {
    this.#refuseClosed();
    const { stream } = this.#settings;
    const { state } = await this.#link.call(({ jsm }) =>
      jsm.streams.info(stream, { subjects_filter: `${stream}.>` }),
    );
    return [...new Set(Object.keys(state.subjects ?? {}).map((subject) => topicOf(stream, subject)))];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#readers].map((reader) => reader.close()));
    await this.#link.close();
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw brokerClosed();
  }

  #subject(topic: string, { partitionKey }: PublishOptions, { lanes }: Opened): string {
    return subjectOf(this.#settings.stream, laneOf(partitionKey, lanes), topic);
  }

  async #at({ jsm }: Opened, seq: number): Promise<EventMessage | undefined> {
    const { stream } = this.#settings;
    const stored = await jsm.streams.getMessage(stream, { seq });
    if (!stored) return undefined;
    const { subject, data, header, time } = stored;
    return eventOf(stream, { subject, data, headers: header, seq, storedAt: time.getTime() }).message;
  }

  async #begin({ fromId, fromTimestamp }: SubscribeOptions): Promise<Begin> {
    const { stream, timeoutMs } = this.#settings;
    if (fromId !== undefined) {
      const late = AbortSignal.timeout(timeoutMs);
      const wanted = { stream, id: fromId };
      const seq = await this.#link.call((opened) => this.#ids.find({ opened, ...wanted }, late));
      if (seq === undefined)
        throw unknownFromId(`among the newest ${mostLookedAt.toLocaleString("en")} of the stream`);
      return { start: { seq: seq + 1 }, missed: 0 };
    }
    const { state } = await this.#link.call(({ jsm }) => jsm.streams.info(stream));
    if (fromTimestamp === undefined) return { start: { seq: state.last_seq + 1 }, missed: 0 };
    // How many of those that are gone would have fitted, nobody knows any more.
    const isGone =
      state.first_seq > 1 && (state.messages === 0 || Date.parse(state.first_ts) >= fromTimestamp);
    return { start: { time: fromTimestamp }, missed: isGone ? 1 : 0 };
  }
}

/**
 * A broker on NATS JetStream, for events that outlive a process or that many processes share; needs the packages
 * `@nats-io/transport-node` and `@nats-io/jetstream`, and nats-server 2.10 or later. It connects with its first call. Throws
 * INVALID_CONFIG that names the option.
 *
 * @example
 * ```ts
 * import { createRuntime, eventConnector } from "mooring";
 * import { natsBroker } from "mooring/nats";
 *
 * const broker = natsBroker({ servers: ["nats.example.com:4222"], stream: "shop-events" });
 * const connector = eventConnector({ type: "shop-events", version: "1.0.0", broker });
 * createRuntime().add({ tenantId: "acme", instanceId: "shop-events-1", connector });
 * ```
 */
export function natsBroker(options: NatsBrokerOptions = {}): EventBroker {
  return new NatsBroker(settingsOf(options));
}

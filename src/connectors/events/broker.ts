/** Where events are published and read: in this process, or at a broker of its own (docs/kinds/events.md). */
import type { TopicPattern } from "./topic-pattern.js";

/** An event, as it travels. */
export interface EventMessage {
  /** Words between dots. */
  readonly topic: string;
  /** Any JSON value. */
  readonly payload: unknown;
  /** Unique; a UUID unless the publisher gives one. */
  readonly message_id: string;
  /** When it was published, since 1970 in ms. */
  readonly timestamp: number;
  /** Texts that go with it. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Options of a publication. */
export interface PublishOptions {
  /**
   * The event's id; publishing the same id again publishes nothing.
   * @default a new UUID
   */
  readonly id?: string;
  /**
   * Texts that go with it.
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * In a consumer group, events of one key are with one reader at a time, in order.
   * @default none
   */
  readonly partitionKey?: string;
  /**
   * After that it is not handed out any more, in ms.
   * @default as long as the broker keeps events
   */
  readonly ttlMs?: number;
}

/** Options of a subscription. */
export interface SubscribeOptions {
  /**
   * Begins with the event after this one.
   * @default what is published from now on
   */
  readonly fromId?: string;
  /**
   * Begins with the first event published then or later, since 1970 in ms.
   * @default what is published from now on
   */
  readonly fromTimestamp?: number;
  /**
   * Readers of one group share the events: each event goes to one of them. The group keeps its place without readers.
   * @default a reader by itself
   */
  readonly group?: string;
  /**
   * An event that was handed out is done with. Otherwise `acknowledge` or `reject` says so, and it comes again when the
   * reader leaves before.
   * @default true
   */
  readonly autoAck?: boolean;
  /**
   * Events that may wait for this reader; past that it misses the oldest, and is told. Also how many it may hold without acknowledging.
   * @default 1,000
   */
  readonly buffer?: number;
}

/** An event in the hands of a reader. */
export interface EventDelivery {
  /** What was published. */
  readonly message: EventMessage;
  /** How many events this reader has missed right before this one, because it was too slow; where what a replay asks for is not kept any more, at least 1. */
  readonly missed: number;
  /** How often it was handed out, or sent to a reader, this time included. */
  readonly deliveries: number;
  /** It is done with. Idempotent; of no effect with `autoAck`. */
  acknowledge(): void;
  /** It is not done: nobody gets it any more or, with `requeue`, a reader gets it again. */
  reject(options?: { readonly requeue?: boolean }): void;
}

/** A reader: iterate over it, or ask for what is next. */
export interface EventSubscription extends AsyncIterable<EventDelivery>, AsyncDisposable {
  /**
   * The next event; undefined when none comes until `signal` is aborted, or the subscription is closed. With a signal that
   * is aborted already, what is there is given, and nothing is waited for.
   */
  next(signal?: AbortSignal): Promise<EventDelivery | undefined>;
  /** Ends it: what was not acknowledged goes to others of its group. */
  close(): Promise<void>;
}

/** A broker: in memory (`memoryBroker`), on NATS (`natsBroker` of `mooring/nats`), or one of your own. */
export interface EventBroker {
  /** Whether events of one topic reach a reader in the order in which they were published. */
  readonly isOrdered: boolean;
  /** Resolves with the event when the broker has it. Rejects with INVALID_PARAMS, and with what the broker refuses. */
  publish(topic: string, payload: unknown, options?: PublishOptions): Promise<EventMessage>;
  /** Resolves when the reader is in place: what is published after that reaches it. */
  subscribe(pattern: TopicPattern | string, options?: SubscribeOptions): Promise<EventSubscription>;
  /** Topics of the events that are kept. */
  topics(): Promise<readonly string[]>;
  /** Ends all subscriptions. */
  close(): Promise<void>;
}

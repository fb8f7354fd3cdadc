/** The options of events, a row for each. */
import type { Call } from "../../options/check.js";
import { having, textsByName } from "../../options/kinds.js";
import {
  bytesRow,
  countRow,
  numberRow,
  type Rows,
  row,
  switchRow,
  textRow,
  timeRow,
} from "../../options/rows.js";
import { messageBytes } from "../../protocol/limits.js";
import { kindRows } from "../kind-rows.js";
import type { PublishOptions, SubscribeOptions } from "./broker.js";
import type { EventOptions } from "./event-connector.js";
import type { MemoryBrokerOptions } from "./memory-broker.js";

/** Of `publish`. */
export const publishCall = {
  name: "publish()",
  table: {
    id: textRow({
      says: "The event's id; publishing the same id again publishes nothing.",
      usually: "a new UUID",
    }),
    headers: row(textsByName, { says: "Texts that go with it.", usually: "none" }),
    partitionKey: textRow({
      says: "In a consumer group, events of one key are with one reader at a time, in order.",
      usually: "none",
    }),
    ttlMs: timeRow(1, {
      says: "After that it is not handed out any more, in ms.",
      usually: "as long as the broker keeps events",
    }),
  } satisfies Rows<PublishOptions>,
} satisfies Call;

/** Of `subscribe`. */
export const subscribeCall = {
  name: "subscribe()",
  table: {
    fromId: textRow({
      says: "Begins with the event after this one.",
      usually: "what is published from now on",
    }),
    fromTimestamp: numberRow({
      says: "Begins with the first event published then or later, since 1970 in ms.",
      usually: "what is published from now on",
      range: { least: 0, most: Number.MAX_SAFE_INTEGER },
    }),
    group: textRow({
      says: "Readers of one group share the events: each event goes to one of them. The group keeps its place without readers.",
      usually: "a reader by itself",
    }),
    autoAck: switchRow({
      says: "An event that was handed out is done with. Otherwise `acknowledge` or `reject` says so, and it comes again when the reader leaves before.",
      default: true,
    }),
    buffer: countRow({
      says: "Events that may wait for this reader; past that it misses the oldest, and is told. Also how many it may hold without acknowledging.",
      default: 1_000,
    }),
  } satisfies Rows<SubscribeOptions>,
} satisfies Call;

/** Of `memoryBroker`. */
export const memoryBrokerCall = {
  name: "memoryBroker()",
  table: {
    maxEvents: countRow({ says: "Events that are kept; the oldest goes first.", default: 10_000 }),
    maxBytes: bytesRow(1, messageBytes.most, {
      says: "Bytes of events that are kept.",
      default: 16 * 1024 ** 2,
    }),
    maxEventBytes: bytesRow(1, messageBytes.most, {
      says: "Bytes of one event's payload.",
      default: 1024 ** 2,
    }),
    maxSubscriptions: countRow({ says: "Readers at once, and consumer groups.", default: 1_000 }),
  } satisfies Rows<MemoryBrokerOptions>,
} satisfies Call;

/** Of `eventConnector`. */
export const eventCall = {
  name: "eventConnector()",
  table: {
    ...kindRows("shop-events"),
    broker: row(having("publish", "subscribe", "topics", "close"), {
      says: "Where events are published and read.",
      usually: "a `memoryBroker()`",
    }),
    maxSubscriptions: countRow({ says: "Subscriptions of callers at once.", default: 100 }),
    subscriptionTtlMs: timeRow(1, {
      says: "How long a caller's subscription stays without a `receive`.",
      default: 60_000,
    }),
    buffer: countRow({
      says: "Events that may wait for a caller's subscription that says nothing else.",
      default: subscribeCall.table.buffer.default,
    }),
    timeoutMs: timeRow(1, { says: "Limit for one request, also advertised.", default: 10_000 }),
  } satisfies Rows<EventOptions>,
  required: { type: "the connector type", version: "the version of the connector" },
} satisfies Call;

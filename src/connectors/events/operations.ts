/** What callers ask an event connector for, as it travels; each is a capability. */
import { MooringError } from "../../errors.js";
import { isObject } from "../../is-object.js";
import { roomFor } from "../answer-room.js";
import { badRequest, kindOf } from "../bad-request.js";
import { refuseOtherCapability } from "../capability.js";
import type { ConnectorRequest, RequestContext, TaskType } from "../connector.js";
import type { EventBroker, EventDelivery, PublishOptions, SubscribeOptions } from "./broker.js";
import type { RemoteSubscriptions } from "./remote-subscriptions.js";

export type Fields = Readonly<Record<string, unknown>>;

interface Served {
  readonly broker: EventBroker;
  readonly subscriptions: RemoteSubscriptions;
}

type Operation = (served: Served, fields: Fields, context: RequestContext) => Promise<unknown>;

/** Events of one `receive`. */
const maxReceived = 1_000;

/** Only what is given, by the names that options have. */
const given = (fields: Fields, names: Readonly<Record<string, string>>): object =>
  Object.fromEntries(
    Object.entries(names).flatMap(([wire, name]) =>
      fields[wire] === undefined || fields[wire] === null ? [] : [[name, fields[wire]]],
    ),
  );

function count(fields: Fields, name: string, least: number, most: number): number {
  const value = fields[name] ?? most;
  if (typeof value !== "number" || !Number.isFinite(value) || value < least)
    throw badRequest(`${name} must be a number from ${least}; got ${kindOf(value)}.`);
  return Math.min(Math.floor(value), most);
}

function idsOf({ message_ids: ids }: Fields): readonly string[] {
  if (!Array.isArray(ids) || ids.some((id) => typeof id !== "string"))
    throw badRequest(`message_ids must be a list of texts; got ${kindOf(ids)}.`);
  return ids;
}

/** Events until `limit`, until the message is full, or until nothing comes for so long. */
async function receive({ subscriptions }: Served, fields: Fields, context: RequestContext): Promise<unknown> {
  const remote = subscriptions.find(fields.subscription_id);
  const limit = count(fields, "limit", 1, maxReceived);
  const longest = Math.max(0, Math.floor(context.remainingMs * 0.8));
  const waitMs = fields.wait_ms === undefined ? 0 : count(fields, "wait_ms", 0, longest);
  const stop =
    waitMs === 0
      ? AbortSignal.abort()
      : AbortSignal.any([AbortSignal.timeout(waitMs), context.signal, context.draining]);
  let room = roomFor(context) - '{"events":[]}'.length;
  const events: object[] = [];
  const taken: EventDelivery[] = [];
  while (events.length < limit) {
    // What is there is taken at once; only for the first one is waited.
    const delivery = await remote.next(events.length === 0 ? stop : AbortSignal.abort());
    if (!delivery) break;
    const { message, missed, deliveries } = delivery;
    const event = { message, missed, deliveries };
    room -= Buffer.byteLength(JSON.stringify(event)) + 1;
    if (room < 0) {
      delivery.reject({ requeue: true });
      if (events.length > 0) break;
      throw new MooringError(
        "SERIALIZATION_ERROR",
        "Serialization error: the next event alone does not fit into a message: raise maxMessageBytes, or unsubscribe.",
      );
    }
    events.push(event);
    taken.push(delivery);
  }
  remote.handedOut(taken);
  return { events };
}

const operationTable: Readonly<Record<string, { readonly says: string; readonly run: Operation }>> = {
  publish: {
    says: "Publish an event: topic, payload?, message_id?, headers?, partition_key?, ttl_ms?",
    run: ({ broker }, fields) =>
      broker.publish(
        fields.topic as string, // the broker looks at it
        fields.payload,
        given(fields, {
          message_id: "id",
          headers: "headers",
          partition_key: "partitionKey",
          ttl_ms: "ttlMs",
        }) as PublishOptions, // as before
      ),
  },
  subscribe: {
    says: "Begin to read: pattern, from_id?, from_timestamp?, consumer_group?, auto_ack?, buffer?",
    run: async ({ subscriptions }, fields) => ({
      subscription_id: await subscriptions.begin(
        fields.pattern as string, // the broker looks at it
        given(fields, {
          from_id: "fromId",
          from_timestamp: "fromTimestamp",
          consumer_group: "group",
          auto_ack: "autoAck",
          buffer: "buffer",
        }) as SubscribeOptions, // as before
      ),
    }),
  },
  receive: { says: "Get events: subscription_id, limit?, wait_ms?", run: receive },
  acknowledge: {
    says: "Events are done with: subscription_id, message_ids",
    run: async ({ subscriptions }, fields) => ({
      acknowledged: subscriptions
        .find(fields.subscription_id)
        .settle(idsOf(fields), (one) => one.acknowledge()),
    }),
  },
  reject: {
    says: "Events are not done: subscription_id, message_ids, requeue?",
    run: async ({ subscriptions }, fields) => ({
      rejected: subscriptions
        .find(fields.subscription_id)
        .settle(idsOf(fields), (one) => one.reject({ requeue: fields.requeue === true })),
    }),
  },
  unsubscribe: {
    says: "End a subscription: subscription_id",
    run: async ({ subscriptions }, fields) => ({
      unsubscribed: await subscriptions.end(fields.subscription_id),
    }),
  },
  topics: {
    says: "The topics of the events that are kept",
    run: async ({ broker }) => ({ topics: await broker.topics() }),
  },
};

export const operationNames: readonly string[] = Object.keys(operationTable);

export const operationTasks: readonly TaskType[] = Object.entries(operationTable).map(([name, { says }]) => ({
  taskTypeId: name,
  name,
  description: says,
}));

/** A request that names no capability publishes the event that it is. */
export async function operate(
  served: Served,
  request: ConnectorRequest,
  context: RequestContext,
): Promise<unknown> {
  refuseOtherCapability(request, operationNames);
  const operation = operationTable[request.capabilityId ?? "publish"];
  const payload = request.json();
  if (!operation || !isObject(payload))
    throw badRequest(`events are asked for with an object; got ${kindOf(payload)}.`);
  return operation.run(served, payload, context);
}

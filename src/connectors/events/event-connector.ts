/** Events: a connector by which callers publish and read them (docs/kinds/events.md). */
import { invalidConfig } from "../../errors.js";
import { ConnectorBehavior, PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { isObject } from "../../is-object.js";
import { checkOptions } from "../../options/check.js";
import { bounded } from "../../options/ranges.js";
import type { Connector, ConnectorRequest } from "../connector.js";
import { fixed } from "../description.js";
import type { EventBroker } from "./broker.js";
import { memoryBroker } from "./memory-broker.js";
import { operate, operationNames, operationTasks } from "./operations.js";
import { eventCall } from "./option-table.js";
import { RemoteSubscriptions } from "./remote-subscriptions.js";

/** Options of {@link eventConnector}. */
export interface EventOptions {
  /** The connector type, such as `shop-events`. */
  readonly type: string;
  /** The version of the connector. */
  readonly version: string;
  /**
   * Where events are published and read.
   * @default a `memoryBroker()`
   */
  readonly broker?: EventBroker;
  /**
   * Subscriptions of callers at once.
   * @default 100
   */
  readonly maxSubscriptions?: number;
  /**
   * How long a caller's subscription stays without a `receive`.
   * @default 60,000 ms
   */
  readonly subscriptionTtlMs?: number;
  /**
   * Events that may wait for a caller's subscription that says nothing else.
   * @default 1,000
   */
  readonly buffer?: number;
  /**
   * Limit for one request, also advertised.
   * @default 10,000 ms
   */
  readonly timeoutMs?: number;
  /**
   * Texts shown with the connector.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A connector with the broker behind it, for events of this program. */
export interface EventConnector extends Connector, AsyncDisposable {
  /** To publish and to subscribe without a caller. */
  readonly broker: EventBroker;
  /** Ends callers' subscriptions, and the broker where the connector has made it. */
  close(): Promise<void>;
}

function isEvent(request: ConnectorRequest): boolean {
  try {
    const payload = request.json();
    return isObject(payload) && "topic" in payload && "payload" in payload;
  } catch {
    return false;
  }
}

/**
 * A connector by which callers publish events and read them, with topics, patterns, consumer groups, acknowledgements and
 * replays. Throws INVALID_CONFIG that names the option.
 *
 * @example
 * ```ts
 * import { createRuntime, eventConnector } from "mooring";
 *
 * const events = eventConnector({ type: "shop-events", version: "1.0.0" });
 * createRuntime().add({ tenantId: "acme", instanceId: "shop-events-1", connector: events });
 *
 * const orders = await events.broker.subscribe("orders.*.created", { group: "billing", autoAck: false });
 * await events.broker.publish("orders.eu.created", { id: 7 }, { partitionKey: "customer-3" });
 * for await (const { message, missed, acknowledge } of orders) {
 *   console.log(message.topic, message.payload, missed);
 *   acknowledge();
 * }
 * ```
 */
export function eventConnector(options: EventOptions): EventConnector {
  checkOptions(options, eventCall);
  const { table } = eventCall;
  const { type, version, metadata } = options;
  if (!type.trim())
    throw invalidConfig('type is required: give the connector type, e.g. type: "shop-events".');
  const of = (name: "maxSubscriptions" | "subscriptionTtlMs" | "buffer" | "timeoutMs") =>
    bounded(name, options[name] ?? table[name].default, table[name]);
  const [timeoutMs, buffer] = [of("timeoutMs"), of("buffer")];
  const broker = options.broker ?? memoryBroker();
  const subscriptions = new RemoteSubscriptions(broker, {
    most: of("maxSubscriptions"),
    ttlMs: of("subscriptionTtlMs"),
    buffer,
  });
  const close = async () => {
    await subscriptions.close();
    if (broker !== options.broker) await broker.close();
  };
  return {
    connectorType: type,
    version,
    ...fixed({
      behaviors: [ConnectorBehavior.PUBSUB],
      supportedEncodings: [PayloadEncoding.JSON, PayloadEncoding.RAW_BYTES],
      metadata: {
        ...metadata,
        supports_topics: "true",
        supports_patterns: "true",
        guarantees_ordering: String(broker.isOrdered),
        timeout_ms: String(timeoutMs),
        buffer_size: String(buffer),
      },
      taskTypes: operationTasks,
    }),
    timeoutMs,
    takes: (request) =>
      request.capabilityId === undefined ? isEvent(request) : operationNames.includes(request.capabilityId),
    execute: (request, context) => operate({ broker, subscriptions }, request, context),
    broker,
    close,
    [Symbol.asyncDispose]: close,
  };
}

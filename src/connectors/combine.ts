/** Several kinds of connector on one registration. */
import { invalidConfig, MooringError } from "../errors.js";
import { checkOptions } from "../options/check.js";
import type { Connector, ConnectorRequest } from "./connector.js";
import { fixed } from "./description.js";
import { combineCall } from "./option-table.js";
import { ownLimitOf } from "./time-limit.js";

/** Options of {@link combineConnectors}. */
export interface CombineOptions {
  /** The type of the whole, such as `shop`. */
  readonly type: string;
  /** The version of the whole. */
  readonly version: string;
  /** At least two. At most one of them may take whatever the others do not. */
  readonly connectors: readonly Connector[];
  /**
   * Texts shown with the connector, over those of the parts.
   * @default those of the parts
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Texts of which the whole has the first part's: each part says how long its own requests may take. */
const ofTheFirst: ReadonlySet<string> = new Set(["timeout_ms"]);

function metadataOf({ connectors, metadata = {} }: CombineOptions): Readonly<Record<string, string>> {
  const all = new Map<string, string>();
  for (const { connectorType, metadata: own } of connectors)
    for (const [name, text] of Object.entries(own)) {
      const before = all.get(name);
      if (before === undefined) all.set(name, text);
      else if (before !== text && !ofTheFirst.has(name) && !Object.hasOwn(metadata, name))
        throw invalidConfig(
          `connectors say different things of metadata.${name} (one of them is "${connectorType}"): give metadata.${name} of the whole.`,
        );
    }
  return { ...Object.fromEntries(all), ...metadata };
}

/** Undefined: all take requests of their own only. */
function restOf(connectors: readonly Connector[]): Connector | undefined {
  const [one, another] = connectors.filter(({ takes }) => takes === undefined);
  if (one && another)
    throw invalidConfig(
      `connectors: "${one.connectorType}" and "${another.connectorType}" both take every request; only one of them may.`,
    );
  return one;
}

function relayOf(connectors: readonly Connector[]): Connector | undefined {
  const [one, another] = connectors.filter(({ relay }) => relay !== undefined);
  if (one && another)
    throw invalidConfig(
      `connectors: "${one.connectorType}" and "${another.connectorType}" both take WebSockets; only one of them may.`,
    );
  return one;
}

function refuseTwice(connectors: readonly Connector[]): void {
  const seen = new Set<string>();
  for (const { taskTypeId } of connectors.flatMap(({ taskTypes }) => taskTypes)) {
    if (seen.has(taskTypeId))
      throw invalidConfig(`connectors: two of them have the capability "${taskTypeId}"; rename one.`);
    seen.add(taskTypeId);
  }
}

/** The whole is described once. */
function refuseChanging(connectors: readonly Connector[]): void {
  const changing = connectors.find(({ description }) => description !== undefined);
  if (changing)
    throw invalidConfig(
      `connectors: "${changing.connectorType}" changes what it says of itself while it is registered; register it by itself.`,
    );
}

/** Without a capability the payload decides: what cannot be read is that, and no unknown request. */
function takenByNone(request: ConnectorRequest): MooringError {
  if (request.capabilityId === undefined) request.json();
  return new MooringError(
    "INVALID_CONFIG",
    `Invalid configuration: no part of this connector takes the ${request.capabilityId ? "capability that was asked for" : "request, which names no capability"}.`,
  );
}

/** Undefined where one of them has no limit of its own: the runtime's counts then. */
function longest(capabilityId: string | undefined, parts: readonly Connector[]): number | undefined {
  const limits = parts.map((one) => ownLimitOf(one, capabilityId));
  const known = limits.filter((limit) => limit !== undefined);
  return known.length > 0 && known.length === limits.length ? Math.max(...known) : undefined;
}

/**
 * One connector of several: their behaviours, encodings and capabilities add up, and each request goes to the part that
 * takes it. Throws INVALID_CONFIG for parts that do not go together.
 *
 * @example
 * ```ts
 * import { combineConnectors, defineTool, jsonSchema, requestResponseConnector, toolConnector } from "mooring";
 *
 * const price = defineTool({
 *   name: "price",
 *   description: "The price of an article",
 *   input: jsonSchema<{ article: string }>({ type: "object", properties: { article: { type: "string" } } }),
 *   run: ({ article }) => ({ article, price: 12 }),
 * });
 * export default combineConnectors({
 *   type: "shop",
 *   version: "1.0.0",
 *   connectors: [
 *     toolConnector("shop-tools", [price]),
 *     requestResponseConnector({ type: "shop-echo", version: "1.0.0", execute: (request) => request.json() }),
 *   ],
 * });
 * ```
 */
export function combineConnectors(options: CombineOptions): Connector {
  checkOptions(options, combineCall);
  const { type, version, connectors } = options;
  if (!type.trim()) throw invalidConfig('type is required: give the type of the whole, e.g. type: "shop".');
  if (connectors.length < 2) throw invalidConfig("connectors must have at least two connectors to combine.");
  refuseTwice(connectors);
  refuseChanging(connectors);
  const rest = restOf(connectors);
  const relaying = relayOf(connectors);
  const choosy = connectors.filter((one) => one !== rest);
  const partFor = (request: ConnectorRequest) => choosy.find((one) => one.takes?.(request)) ?? rest;
  const byCapability = new Map(
    connectors.flatMap((one) => one.taskTypes.map(({ taskTypeId }) => [taskTypeId, one] as const)),
  );
  // Requests that name no known capability go to a part that announces none.
  const unnamed = connectors.filter((one) => one === rest || one.taskTypes.length === 0);
  return {
    connectorType: type,
    version,
    ...fixed({
      behaviors: [...new Set(connectors.flatMap(({ behaviors }) => behaviors))],
      supportedEncodings: [...new Set(connectors.flatMap(({ supportedEncodings }) => supportedEncodings))],
      metadata: metadataOf(options),
      taskTypes: connectors.flatMap(({ taskTypes }) => taskTypes),
    }),
    timeoutFor: (capabilityId) => {
      const part = byCapability.get(capabilityId ?? "");
      return longest(capabilityId, part ? [part] : unnamed);
    },
    execute: (request, context) => {
      const part = partFor(request);
      if (part) return part.execute(request, context);
      throw takenByNone(request);
    },
    ...(relaying?.relay ? { relay: relaying.relay.bind(relaying) } : {}),
    ...(rest ? {} : { takes: (request: ConnectorRequest) => partFor(request) !== undefined }),
    blocked: () => connectors.map((one) => one.blocked?.()).find((why) => why !== undefined),
  };
}

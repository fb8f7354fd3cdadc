/** Functions around a connector's handler: for access, logs, caches, retries. */
import { invalidConfig } from "../errors.js";
import type { Connector, ConnectorRequest, RequestContext } from "./connector.js";

/**
 * Stands around a handler: what it returns (or resolves to) is the result, what it throws fails the request. `next` runs
 * what is inside of it and may be called never, once or more often; what `next` returns is a promise only where a handler
 * within returned one.
 */
export type Middleware = (request: ConnectorRequest, context: RequestContext, next: () => unknown) => unknown;

/**
 * The same connector with functions around its handler, the first one outermost. Relayed WebSockets pass them by. Throws
 * INVALID_CONFIG for what is no function.
 *
 * @example
 * ```ts
 * import { type Middleware, requestResponseConnector, ToolError, use } from "mooring";
 *
 * const membersOnly: Middleware = (_request, { subject }, next) => {
 *   if (subject === undefined) throw new ToolError("FORBIDDEN", "sign in first");
 *   return next();
 * };
 * const echo = requestResponseConnector({ type: "echo", version: "1.0.0", execute: (request) => request.json() });
 * export default use(echo, membersOnly);
 * ```
 */
export function use(connector: Connector, ...middleware: readonly Middleware[]): Connector {
  const wrong = middleware.findIndex((one) => typeof one !== "function");
  if (wrong >= 0)
    throw invalidConfig(`use() takes functions (request, context, next) => …: middleware[${wrong}] is none.`);
  const execute = middleware.reduceRight<Connector["execute"]>(
    (next, around) => (request, context) => around(request, context, () => next(request, context)),
    (request, context) => connector.execute(request, context),
  );
  return { ...unbound(connector), execute };
}

/** All of a connector but its handler, also of one whose functions are methods of a class. */
function unbound(connector: Connector): Omit<Connector, "execute"> {
  const { connectorType, version, behaviors, supportedEncodings, metadata, taskTypes, timeoutMs } = connector;
  return {
    ...{ connectorType, version, behaviors, supportedEncodings, metadata, taskTypes },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(connector.timeoutFor ? { timeoutFor: connector.timeoutFor.bind(connector) } : {}),
    ...(connector.takes ? { takes: connector.takes.bind(connector) } : {}),
    ...(connector.relay ? { relay: connector.relay.bind(connector) } : {}),
    ...(connector.description ? { description: connector.description } : {}),
    ...(connector.blocked ? { blocked: connector.blocked.bind(connector) } : {}),
  };
}

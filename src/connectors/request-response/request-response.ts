/** The plainest kind: a function from a request to a JSON value. */
import { invalidConfig } from "../../errors.js";
import { ConnectorBehavior, PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { checkOptions } from "../../options/check.js";
import { checkRange } from "../../options/ranges.js";
import { refuseOtherCapability } from "../capability.js";
import type { Connector, ConnectorRequest, RequestContext, TaskType } from "../connector.js";
import { fixed } from "../description.js";
import { requestResponseCall } from "../option-table.js";
import { hooked } from "./hooks.js";
import { batching } from "./request-batch.js";

/** Options of {@link requestResponseConnector}. */
export interface RequestResponseOptions {
  /** The connector type, such as `echo`. */
  readonly type: string;
  /** The version of the connector. */
  readonly version: string;
  /**
   * Returns (or resolves to) a JSON value or a `RawAnswer`; throws to fail the request. The error's message
   * goes to the caller word for word; unless it is a `ToolError`, the error is also logged.
   */
  execute(request: ConnectorRequest, context: RequestContext): unknown;
  /**
   * What the connector can do, as the gateway lists it; a request that names something else is refused. Without it
   * `execute` gets requests for any.
   * @default none
   */
  readonly capabilities?: readonly TaskType[];
  /**
   * Texts shown with the connector.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * How payloads may be encoded.
   * @default JSON and RAW_BYTES
   */
  readonly supportedEncodings?: readonly PayloadEncoding[];
  /**
   * Limit for one request.
   * @default the runtime's `requestTimeoutMs`
   */
  readonly timeoutMs?: number;
  /**
   * Called before `execute`, which waits for it; throws to fail the request instead.
   * @default nothing
   */
  before?(request: ConnectorRequest, context: RequestContext): void | Promise<void>;
  /**
   * Called with a result that goes to the caller. What it throws is logged, and changes nothing.
   * @default nothing
   */
  afterSuccess?(result: unknown, request: ConnectorRequest, context: RequestContext): void | Promise<void>;
  /**
   * Called when `before` or `execute` has failed, or took too long. What it throws is logged, and changes nothing.
   * @default nothing
   */
  afterFailure?(error: unknown, request: ConnectorRequest, context: RequestContext): void | Promise<void>;
  /** Takes `{ requests: […], stop_on_error?, max_concurrent? }` besides: each is executed by itself, and answered in the order of the list. Without it such a payload is one like others. */
  readonly batch?: {
    /**
     * Requests of one batch.
     * @default 1,000
     */
    readonly maxRequests?: number;
    /**
     * Of them at once; a batch may ask for less.
     * @default 10
     */
    readonly maxConcurrent?: number;
  };
}

/** With what a connector announces goes that it is asked for nothing else. */
function announcing(
  execute: Connector["execute"],
  capabilities: readonly TaskType[] = [],
): Connector["execute"] {
  const names = capabilities.map(({ taskTypeId }) => taskTypeId);
  if (names.length === 0) return execute;
  return (request, context) => {
    refuseOtherCapability(request, names);
    return execute(request, context);
  };
}

/**
 * Makes a connector of one function. Throws INVALID_CONFIG that names the option.
 *
 * @example
 * ```ts
 * import { createRuntime, requestResponseConnector } from "mooring";
 *
 * const echo = requestResponseConnector({
 *   type: "echo",
 *   version: "1.0.0",
 *   execute: (request) => request.json(),
 * });
 * createRuntime().add({ tenantId: "acme", instanceId: "echo-1", connector: echo });
 * ```
 */
export function requestResponseConnector(options: RequestResponseOptions): Connector {
  checkOptions(options, requestResponseCall);
  if (!options.type?.trim())
    throw invalidConfig('type is required: give the connector type, e.g. type: "echo".');
  if (typeof options.execute !== "function")
    throw invalidConfig("execute is required: a function (request, context) => value.");
  checkRange("timeoutMs", options.timeoutMs, requestResponseCall.table.timeoutMs);
  const { execute } = hooked(options);
  const served = announcing(options.batch ? batching(execute, options.batch) : execute, options.capabilities);
  return {
    connectorType: options.type,
    version: options.version,
    ...fixed({
      behaviors: [ConnectorBehavior.REQUEST_RESPONSE],
      supportedEncodings: options.supportedEncodings ?? [PayloadEncoding.JSON, PayloadEncoding.RAW_BYTES],
      metadata: options.metadata ?? {},
      taskTypes: options.capabilities ?? [],
    }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    execute: served,
  };
}

/** The plainest kind: a function from a request to a JSON value. */
import { invalidConfig } from "../errors.js";
import { ConnectorBehavior, PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { type Call, checkOptions } from "../options/check.js";
import { judged, type Kind, list, number, text, textsByName } from "../options/kinds.js";
import { checkTimeLimit } from "../options/ranges.js";
import type { Connector, ConnectorRequest, RequestContext, TaskType } from "./connector.js";
import { fixed } from "./description.js";

export interface RequestResponseOptions {
  /** The connector type, e.g. `echo`. */
  readonly type: string;
  readonly version: string;
  /**
   * Returns (or resolves to) a JSON value or a `RawAnswer`; throws to fail the request. The error's message goes to
   * the caller word for word; unless it is a `ToolError`, the error is also logged.
   */
  execute(request: ConnectorRequest, context: RequestContext): unknown;
  readonly capabilities?: readonly TaskType[];
  /** Strings shown with the connector. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Default JSON and RAW_BYTES. */
  readonly supportedEncodings?: readonly PayloadEncoding[];
  /** Limit for one request in ms; default the runtime's. */
  readonly timeoutMs?: number;
}

const call: Call = {
  name: "requestResponseConnector()",
  table: {
    type: text,
    version: text,
    execute: judged,
    capabilities: list,
    metadata: textsByName,
    supportedEncodings: list,
    timeoutMs: number,
  } satisfies Record<keyof RequestResponseOptions, Kind>,
  required: { version: 'the version of the connector, such as "1.0.0"' },
  takesInstances: true,
};

/** Throws INVALID_CONFIG that names the option. */
export function requestResponseConnector(options: RequestResponseOptions): Connector {
  checkOptions(options, call);
  if (!options.type?.trim())
    throw invalidConfig('type is required: give the connector type, e.g. type: "echo".');
  if (typeof options.execute !== "function")
    throw invalidConfig("execute is required: a function (request, context) => value.");
  checkTimeLimit("timeoutMs", options.timeoutMs);
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
    execute: (request, context) => options.execute(request, context),
  };
}

/**
 * What a connector is to the runtime: a description for the register request and a function that
 * executes requests, with a function for relayed WebSockets where its kind has them. Kinds (`request-response.ts`,
 * `tool.ts`, …) are functions that return one of these.
 */
import type { ConnectorBehavior, PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Logger } from "../logger.js";
import type { Invoke } from "./invoke.js";
import type { MetricHandles } from "./metrics.js";
import type { RelayHandler, RelayOpening, RelaySocket } from "./relay.js";

/** One advertised capability (`TaskTypeSchema`). */
export interface TaskType {
  /** The id that requests name it by. */
  readonly taskTypeId: string;
  /** The name that people see. */
  readonly name: string;
  /** What it does, for people and agents. */
  readonly description: string;
  /** A word to sort capabilities by. */
  readonly category?: string;
  /** A hero icon's name. */
  readonly icon?: string;
  /** JSON Schema of its input, as text. */
  readonly inputSchemaJson?: string;
  /** JSON Schema of its result, as text. */
  readonly outputSchemaJson?: string;
}

/** A request as it came: bytes are not decoded until asked for. */
export interface ConnectorRequest {
  /** The id of the request; unique at its gateway. */
  readonly requestId: string;
  /** For tools the tool's name; undefined when the gateway sent none. */
  readonly capabilityId: string | undefined;
  /** How the payload is encoded. */
  readonly encoding: PayloadEncoding;
  /** The payload as it came. Valid during and after the call; do not change it. */
  readonly bytes: Uint8Array;
  /** The payload decoded by its encoding (UNSPECIFIED counts as JSON). Throws DESERIALIZATION_ERROR or UNSUPPORTED_ENCODING. */
  json(): unknown;
}

/** What a handler may know and watch while it runs. */
export interface RequestContext {
  /** The id of the request. */
  readonly requestId: string;
  /** For tools the tool's name; undefined when the gateway sent none. */
  readonly capabilityId: string | undefined;
  /** The request's context map as the gateway sent it (`tenant_id`, `user_id`, …; docs/protocol.md, "Context"). */
  readonly context: Readonly<Record<string, string>>;
  /** The caller's tenant (`tenant_id`); undefined when the gateway said none. */
  readonly tenantId: string | undefined;
  /** The tenant's name for people (`tenant_slug`), else its id: what operators write in their settings. */
  readonly tenantSlug: string | undefined;
  /** Who asks (`user_id`); undefined when the gateway said nobody. */
  readonly subject: string | undefined;
  /** What an agent says of its run (`agent_context`, parsed); undefined when there is none, or none that is JSON. */
  readonly agentContext: unknown;
  /** When the request is timed out, since 1970 in ms. */
  readonly deadline: number;
  /** Milliseconds until then; 0 or less when it is past. */
  readonly remainingMs: number;
  /** Asks another connector, at most for as long as this request may take; given up with it. */
  readonly invoke: Invoke;
  /** Aborted at the time limit, at the end of a drain, and on `close()`. The answer is already decided then. */
  readonly signal: AbortSignal;
  /** Aborted when the registration begins to drain: finish soon, start nothing long. */
  readonly draining: AbortSignal;
  /** The key of the registration, as logs name it; undefined where there is no runtime, and in a thread of handlers. */
  readonly registration?: string | undefined;
  /** The runtime's logger. */
  readonly logger: Logger;
  /** Figures of the registration's own, for its metrics reports. */
  readonly metrics: MetricHandles;
  /** What a message with the answer may have at most. The runtime says it; a result that is longer is a failure. */
  readonly maxMessageBytes?: number;
}

/**
 * An answer in a handler's own bytes and encoding, instead of a JSON value.
 *
 * @example
 * ```ts
 * import { PayloadEncoding, RawAnswer, requestResponseConnector } from "mooring";
 *
 * export const picture = requestResponseConnector({
 *   type: "picture",
 *   version: "1.0.0",
 *   execute: () => new RawAnswer(new Uint8Array([1, 2, 3]), PayloadEncoding.RAW_BYTES),
 * });
 * ```
 */
export class RawAnswer {
  /** The answer as it goes out. */
  readonly bytes: Uint8Array;
  /** What the caller is told they are. */
  readonly encoding: PayloadEncoding;
  /** Of bytes and what they are. */
  constructor(bytes: Uint8Array, encoding: PayloadEncoding) {
    this.bytes = bytes;
    this.encoding = encoding;
  }
}

/** What a connector says of itself to the gateway. */
export type ConnectorDescription = Pick<
  Connector,
  "connectorType" | "version" | "behaviors" | "supportedEncodings" | "metadata" | "taskTypes"
>;

/** Of a connector that says other things of itself while it is registered, such as one whose list of tools changes. */
export interface ChangingDescription {
  /** The newest: another object after each change, and the same one until then. Its type stays as it is. */
  current(): ConnectorDescription;
  /** Calls the listener after each change: registrations tell the gateway then. Returns how to stop that. */
  watch(listener: () => void): () => void;
}

/**
 * A connector: what it says of itself, and a function that executes requests.
 * What it says of itself, from `connectorType` to `taskTypes`, is encoded once for all registrations and reconnects: it
 * must not change after `add`, unless the connector has a {@link ChangingDescription}. The functions of this package
 * that make connectors copy and freeze it.
 */
export interface Connector {
  /** The type, such as `echo`. */
  readonly connectorType: string;
  /** The version of the connector. */
  readonly version: string;
  /** What kinds of connector it is. */
  readonly behaviors: readonly ConnectorBehavior[];
  /** How payloads may be encoded. */
  readonly supportedEncodings: readonly PayloadEncoding[];
  /** `capabilities.metadata`: strings only; `tool_schemas` is added for tools. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What it can do, as the gateway lists it. */
  readonly taskTypes: readonly TaskType[];
  /** Limit for one request in ms; the runtime's `requestTimeoutMs` when undefined. */
  readonly timeoutMs?: number;
  /** A limit of its own for one capability, in ms; undefined = `timeoutMs`. Asked once per request that takes time. */
  timeoutFor?(capabilityId: string | undefined): number | undefined;
  /**
   * Whether a request is for this connector, where several are combined on one registration (`combineConnectors`). Without
   * it, it takes what no other one does.
   */
  takes?(request: ConnectorRequest): boolean;
  /**
   * Returns (or resolves to) a JSON value or a {@link RawAnswer}; throws to fail the request. The caller gets the
   * error's message word for word, so it must say nothing that a caller may not know. An error that is neither a
   * `ToolError` nor a `MooringError` is also logged: its class and stack, not its message, which may quote the payload.
   */
  execute(request: ConnectorRequest, context: RequestContext): unknown;
  /**
   * A page asks for a WebSocket. Returns (or resolves to) what to do with it, which takes it; throws to refuse it, and the
   * page is told the error's message as callers of `execute` are. Without this function all are refused. At most 10 s.
   */
  relay?(opening: RelayOpening, socket: RelaySocket): RelayHandler | Promise<RelayHandler>;
  /** For a connector whose description changes: the registrations register again, on the stream that they have. */
  readonly description?: ChangingDescription;
  /** In words, why it can take no request at this moment; undefined while it can. Status and `explain` tell it. */
  blocked?(): string | undefined;
}

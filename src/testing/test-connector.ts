/** Calls a connector without a runtime and a gateway: the same request, context and result, and no socket. */
import { create } from "@bufbuild/protobuf";
import type { Connector } from "../connectors/connector.js";
import { decodedAnswer } from "../connectors/encodings/decoded-answer.js";
import { encodedPayload } from "../connectors/encodings/encoded-payload.js";
import { encodedResult, tooLong } from "../connectors/encodings/encoded-result.js";
import type { Invoke } from "../connectors/invoke.js";
import { createMetrics, type MetricHandles } from "../connectors/metrics.js";
import { ownLimitOf } from "../connectors/time-limit.js";
import type { Tool } from "../connectors/tools/tool.js";
import { checkTools, toolConnector } from "../connectors/tools/tool-connector.js";
import { invalidConfig, MooringError } from "../errors.js";
import { DeclaredEncodings } from "../execution/request-surroundings.js";
import { RunningRequest } from "../execution/running-request.js";
import { ExecuteRequestSchema } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { type Logger, silentLogger } from "../logger.js";
import { checkOptions } from "../options/check.js";
import { having, shown } from "../options/kinds.js";
import { bounded } from "../options/ranges.js";
import { defaultRequestMs } from "../protocol/defaults.js";
import { defaultMaxMessageBytes } from "../protocol/limits.js";
import { testRequestCall } from "./option-table.js";

/** Options of {@link TestedConnector.execute} and {@link TestedTool.call}. */
export interface TestRequestOptions {
  /**
   * What of the connector is asked, such as a tool's name.
   * @default none; of `testTool`, the tool
   */
  readonly capabilityId?: string;
  /**
   * The request's context map: `tenant_id`, `user_id` and the like.
   * @default empty
   */
  readonly context?: Readonly<Record<string, string>>;
  /**
   * The id of the request.
   * @default `test-1`, `test-2`, …
   */
  readonly requestId?: string;
  /**
   * Limit for the request: at its end the handler's `signal` is aborted, and the call rejects with TIMEOUT.
   * @default the connector's, else 30,000 ms
   */
  readonly timeoutMs?: number;
  /**
   * Stands for the runtime that gives the request up: the handler's `signal` is aborted with it, and the call rejects
   * with its reason.
   * @default none
   */
  readonly signal?: AbortSignal;
  /**
   * Stands for a drain: the handler's `draining` is aborted with it.
   * @default none
   */
  readonly draining?: AbortSignal;
  /**
   * What the handler's `invoke` does.
   * @default it rejects with NOT_IMPLEMENTED
   */
  readonly invoke?: Invoke;
  /**
   * Where the handler counts.
   * @default a registry that nobody reads
   */
  readonly metrics?: MetricHandles;
  /**
   * The handler's logger.
   * @default silent
   */
  readonly logger?: Logger;
  /**
   * What the message with the answer may have at most.
   * @default 4 MiB
   */
  readonly maxMessageBytes?: number;
}

/** A connector that can be called. */
export interface TestedConnector {
  /**
   * Executes one request. `payload`: a JSON value, bytes, or a `RawAnswer` with its encoding. Resolves with what the
   * caller of the gateway would read: a JSON value, a `Uint8Array` of RAW_BYTES, else a `RawAnswer`. Rejects with what
   * the handler threw, with SERIALIZATION_ERROR for a result that cannot travel, and with TIMEOUT at the time limit.
   */
  execute(payload?: unknown, options?: TestRequestOptions): Promise<unknown>;
}

/** A tool that can be called. */
export interface TestedTool {
  /**
   * Calls it as an agent does: arguments are validated, defaults filled in, the result goes through JSON. Rejects with
   * what the tool threw; wrong arguments are a `ToolError` with the code `INVALID_PARAMS`.
   */
  call(args?: unknown, options?: TestRequestOptions): Promise<unknown>;
}

let calls = 0;

const invokeNothing: Invoke = async () => {
  throw new MooringError(
    "NOT_IMPLEMENTED",
    "Not implemented: give the test's options an invoke, such as invoke: async () => ({ … }).",
  );
};

/** Both faces of the request that a handler sees. */
function requestOf(connector: Connector, payload: unknown, options: TestRequestOptions): RunningRequest {
  const { capabilityId = "", context = {}, invoke = invokeNothing, logger = silentLogger } = options;
  const { bytes, encoding } = encodedPayload(payload);
  const encodings = new DeclaredEncodings(connector.supportedEncodings);
  encodings.check(encoding);
  calls += 1;
  const request = create(ExecuteRequestSchema, {
    requestId: options.requestId ?? `test-${calls}`,
    payload: bytes,
    payloadEncoding: encoding,
    context: { ...context },
    capabilityId,
  });
  const limitMs = bounded(
    "timeoutMs",
    options.timeoutMs ?? ownLimitOf(connector, capabilityId || undefined) ?? defaultRequestMs,
    testRequestCall.table.timeoutMs,
  );
  const maxMessageBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
  return new RunningRequest(
    request,
    {
      logger,
      metrics: options.metrics ?? createMetrics(),
      maxMessageBytes,
      checkEncoding: (asked) => encodings.check(asked),
      limitOf: () => limitMs,
      now: () => performance.now(),
      wallClock: () => Date.now(),
      invoke: (target, capability, value, given) => invoke(target, capability, value, given),
    },
    performance.now(),
  );
}

/** Does it when the signal is aborted, also when it is already. Returns what ends the wait. */
function whenAborted(signal: AbortSignal | undefined, act: (reason: unknown) => void): () => void {
  const listener = () => act(signal?.reason);
  if (signal?.aborted) listener();
  else signal?.addEventListener("abort", listener, { once: true });
  return () => signal?.removeEventListener("abort", listener);
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

const timedOut = (ms: number) =>
  new MooringError("TIMEOUT", `Timeout: the handler did not answer within ${ms} ms (timeoutMs).`);

/** Aborts the request at its limit, and by the signals that stand for the runtime. */
async function answerOf(
  connector: Connector,
  request: RunningRequest,
  { signal, draining }: TestRequestOptions,
): Promise<unknown> {
  const limitMs = Math.round(request.remainingMs);
  const ends: (() => void)[] = [];
  const givenUp = new Promise<never>((_, reject) => {
    const giveUp = (reason: Error) => {
      request.abort(reason);
      reject(reason);
    };
    const late = setTimeout(() => giveUp(timedOut(limitMs)), limitMs);
    ends.push(() => clearTimeout(late));
    ends.push(whenAborted(signal, (reason) => giveUp(asError(reason))));
    ends.push(whenAborted(draining, () => request.drain()));
  });
  givenUp.catch(() => {});
  try {
    return await Promise.race([givenUp, connector.execute(request, request)]);
  } finally {
    for (const end of ends) end();
  }
}

const connectorKind = having("execute");

/**
 * A connector that a test calls directly, of whatever kind. Throws INVALID_CONFIG for what is no connector.
 *
 * @example
 * ```ts
 * import { requestResponseConnector } from "mooring";
 * import { testConnector } from "mooring/testing";
 *
 * const greeter = requestResponseConnector({
 *   type: "greeter",
 *   version: "1.0.0",
 *   execute: (request, { subject }) => ({ asked: request.json(), by: subject }),
 * });
 * const answer = await testConnector(greeter).execute({ a: 1 }, { context: { user_id: "u-1" } });
 * console.log(answer); // { asked: { a: 1 }, by: "u-1" }
 * ```
 */
export function testConnector(connector: Connector): TestedConnector {
  if (!connectorKind.is(connector))
    throw invalidConfig(
      `testConnector() takes a connector, ${connectorKind.wanted}; got ${shown(connector, connectorKind)}.`,
    );
  return {
    async execute(payload, options = {}) {
      checkOptions(options, testRequestCall);
      const request = requestOf(connector, payload, options);
      const result = await answerOf(connector, request, options);
      const { bytes, encoding } = encodedResult(result, request.maxMessageBytes);
      if (bytes.length > request.maxMessageBytes) throw tooLong(bytes.length, request.maxMessageBytes);
      return decodedAnswer(bytes, encoding);
    },
  };
}

/** What the tool threw, of a failed call. */
const thrownBy = (error: unknown): unknown =>
  error instanceof MooringError && error.code === "INVOKE_FAILED" && "tool" in error ? error.cause : error;

/**
 * A tool that a test calls directly. Throws INVALID_CONFIG for what is no tool.
 *
 * @example
 * ```ts
 * import { defineTool, jsonSchema } from "mooring";
 * import { testTool } from "mooring/testing";
 *
 * const double = defineTool({
 *   name: "double",
 *   description: "Twice a number",
 *   input: jsonSchema<{ n: number }>({ type: "object", properties: { n: { type: "number" } }, required: ["n"] }),
 *   run: ({ n }) => ({ result: 2 * n }),
 * });
 * console.log(await testTool(double).call({ n: 21 })); // { result: 42 }
 * ```
 */
export function testTool(tool: Tool): TestedTool {
  checkTools([tool], () => "tool");
  const tested = testConnector(toolConnector("tested", [tool]));
  return {
    async call(args = {}, options = {}) {
      try {
        return await tested.execute({ parameters: args }, { capabilityId: tool.name, ...options });
      } catch (error) {
        throw thrownBy(error);
      }
    },
  };
}

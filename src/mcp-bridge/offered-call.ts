/** One call of a client of the Model Context Protocol, as a connector's request and as the client's answer. */
import {
  type Connector,
  type ConnectorRequest,
  RawAnswer,
  type RequestContext,
} from "../connectors/connector.js";
import { createMetrics } from "../connectors/metrics.js";
import { ownLimitOf } from "../connectors/time-limit.js";
import type { ToolProgress, WatchedContext } from "../connectors/tools/tool-context.js";
import { ToolError } from "../connectors/tools/tool-error.js";
import { unexpectedFacts } from "../connectors/unexpected-error.js";
import { MooringError, textOf } from "../errors.js";
import { PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { isObject } from "../is-object.js";
import type { Logger } from "../logger.js";
import { defaultRequestMs, maxTimerMs } from "../protocol/defaults.js";

/** What a client asks. */
export interface ClientCall {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
  /** Aborted when the client cancels, or has gone. */
  readonly signal: AbortSignal;
  progress(progress: ToolProgress): void;
}

interface Text {
  readonly type: "text";
  readonly text: string;
}

/** What a client gets. */
export interface ClientAnswer {
  readonly content: (
    | Text
    | { readonly type: "resource"; readonly resource: { uri: string; mimeType: string; blob: string } }
  )[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: boolean;
}

const never = new AbortController().signal;

/** No gateway takes reports of a connector's figures here. */
const unreported = createMetrics();

const text = (words: string): Text => ({ type: "text", text: words });

class ClientRequest implements ConnectorRequest {
  readonly requestId: string;
  readonly capabilityId: string;
  readonly encoding = PayloadEncoding.JSON;
  readonly #envelope: object;

  constructor({ id, name, args }: ClientCall) {
    this.requestId = id;
    this.capabilityId = name;
    this.#envelope = { tool: name, parameters: args ?? {}, metadata: {} };
  }

  get bytes(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify(this.#envelope));
  }

  json(): unknown {
    return this.#envelope;
  }
}

function contextOf(call: ClientCall, deadline: number, signal: AbortSignal, logger: Logger): RequestContext {
  const context: WatchedContext = {
    requestId: call.id,
    capabilityId: call.name,
    context: {},
    tenantId: undefined,
    tenantSlug: undefined,
    subject: undefined,
    agentContext: undefined,
    deadline,
    get remainingMs() {
      return deadline - Date.now();
    },
    metrics: unreported,
    invoke: () =>
      Promise.reject(
        new MooringError("NOT_RUNNING", "There is no gateway here to reach other connectors by."),
      ),
    signal,
    draining: never,
    logger,
    watchProgress: (progress) => call.progress(progress),
  };
  return context;
}

function answerWith(result: unknown): ClientAnswer {
  if (result instanceof RawAnswer && result.encoding !== PayloadEncoding.JSON) {
    const blob = Buffer.from(result.bytes).toString("base64");
    const resource = { uri: "mooring:result", mimeType: "application/octet-stream", blob };
    return { content: [{ type: "resource", resource }] };
  }
  const value: unknown =
    result instanceof RawAnswer ? JSON.parse(Buffer.from(result.bytes).toString()) : result;
  const words = typeof value === "string" ? value : (JSON.stringify(value) ?? "null");
  // As it travels: dates and the like become what their JSON is.
  return { content: [text(words)], ...(isObject(value) ? { structuredContent: JSON.parse(words) } : {}) };
}

/** The code is that of the tool's error, as a text and for programs. */
function failedWith(thrown: unknown): ClientAnswer {
  const cause = thrown instanceof MooringError && thrown.code === "INVOKE_FAILED" ? thrown.cause : thrown;
  const error = cause ?? thrown;
  const code = error instanceof ToolError || error instanceof MooringError ? error.code : "TOOL_FAILED";
  const message = textOf(error, "tool error");
  return { content: [text(`[${code}] ${message}`)], structuredContent: { code, message }, isError: true };
}

/** Rejects as soon as the signal is aborted, whatever the handler does then. */
async function untilAborted(signal: AbortSignal, run: () => unknown): Promise<unknown> {
  signal.throwIfAborted();
  let leave = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    leave = () => signal.removeEventListener("abort", abort);
  });
  try {
    return await Promise.race([run(), aborted]);
  } finally {
    leave();
  }
}

/** Never rejects: what goes wrong is an answer. */
export async function answered(
  connector: Connector,
  call: ClientCall,
  logger: Logger,
): Promise<ClientAnswer> {
  const limitMs = Math.min(ownLimitOf(connector, call.name) ?? defaultRequestMs, maxTimerMs);
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new ToolError("TIMEOUT", `the tool took longer than ${limitMs} ms`)),
    limitMs,
  );
  const signal = AbortSignal.any([call.signal, late.signal]);
  try {
    const context = contextOf(call, Date.now() + limitMs, signal, logger);
    return answerWith(await untilAborted(signal, () => connector.execute(new ClientRequest(call), context)));
  } catch (thrown) {
    const facts = signal.aborted ? undefined : unexpectedFacts(call.id, thrown);
    if (facts) logger.error(facts, "a handler failed");
    return failedWith(thrown);
  } finally {
    clearTimeout(timer);
  }
}

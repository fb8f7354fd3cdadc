/** What a tool gets beside its arguments: the request's context, and its metadata. */
import { isObject } from "../../is-object.js";
import type { Logger } from "../../logger.js";
import type { RequestContext } from "../connector.js";
import type { Invoke } from "../invoke.js";
import type { MetricHandles } from "../metrics.js";
import { failedCall } from "../unexpected-error.js";

/** How far a call has come. */
export interface ToolProgress {
  /** How much is done, in steps of the tool's own. */
  readonly progress?: number | undefined;
  /** How much there is to do; undefined when nobody knows. */
  readonly total?: number | undefined;
  /** In words, for people: at most 500 characters are told. */
  readonly message?: string | undefined;
  /** What of the result is there already: a JSON value. It reaches who watches the call, never the log. */
  readonly partial?: unknown;
}

/** Who serves a tool may watch its calls: `mooring mcp-serve` passes on to its client how far they are. */
export interface WatchedContext extends RequestContext {
  readonly watchProgress: (progress: ToolProgress) => void;
}

/** What a tool gets beside its arguments. */
export interface ToolContext extends RequestContext {
  /** The request's `metadata`: the context with its JSON values decoded. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Tells how far the call has come, for the log (`debug`). Gateways hear nothing before the answer. */
  readonly progress: (progress: ToolProgress) => void;
}

/** Of the words of one so much is told. */
const mostMessage = 500;

const finite = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

/** A string that holds a JSON document or a boolean, decoded; any other as it is: an id of digits stays text. */
function decoded(text: string): unknown {
  if (!/^(?:[[{]|(?:true|false)$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** All of it is made when looked at: few tools do. */
export class ToolCallContext implements ToolContext {
  readonly #context: RequestContext;
  readonly #metadata: unknown;

  constructor(context: RequestContext, metadata: unknown) {
    this.#context = context;
    this.#metadata = metadata;
  }

  get requestId(): string {
    return this.#context.requestId;
  }

  get capabilityId(): string | undefined {
    return this.#context.capabilityId;
  }

  get context(): Readonly<Record<string, string>> {
    return this.#context.context;
  }

  get tenantId(): string | undefined {
    return this.#context.tenantId;
  }

  get tenantSlug(): string | undefined {
    return this.#context.tenantSlug;
  }

  get subject(): string | undefined {
    return this.#context.subject;
  }

  get agentContext(): unknown {
    return this.#context.agentContext;
  }

  get deadline(): number {
    return this.#context.deadline;
  }

  get remainingMs(): number {
    return this.#context.remainingMs;
  }

  get invoke(): Invoke {
    return this.#context.invoke;
  }

  get logger(): Logger {
    return this.#context.logger;
  }

  get metrics(): MetricHandles {
    return this.#context.metrics;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get draining(): AbortSignal {
    return this.#context.draining;
  }

  /** Bound, so that a tool can take it out of its context as it takes the signal. */
  get progress(): (progress: ToolProgress) => void {
    return (progress) => this.#tell(progress);
  }

  #tell({ progress, total, message, partial }: ToolProgress): void {
    const told = {
      progress: finite(progress),
      total: finite(total),
      message: message === undefined ? undefined : String(message).slice(0, mostMessage),
    };
    const { requestId, capabilityId, logger } = this.#context;
    // An id may be a text of the caller's.
    const call = failedCall(requestId, undefined);
    const { watchProgress } = this.#context as Partial<WatchedContext>;
    watchProgress?.({ ...told, partial });
    const hasPart = partial === undefined ? {} : { partial: true };
    logger.debug({ ...call, tool: capabilityId, ...told, ...hasPart }, "progress of a tool");
  }

  /** The request's own metadata over the decoded context. */
  get metadata(): Readonly<Record<string, unknown>> {
    const { context } = this.#context;
    const fromContext = Object.entries(context).map(([key, text]) => [key, decoded(text)]);
    return { ...Object.fromEntries(fromContext), ...(isObject(this.#metadata) ? this.#metadata : {}) };
  }
}

/** What a tool gets beside its arguments: the request's context, and its metadata. */
import { isObject } from "../is-object.js";
import type { Logger } from "../logger.js";
import type { RequestContext } from "./connector.js";
import type { Invoke } from "./invoke.js";
import type { MetricHandles } from "./metrics.js";

/** What a tool gets beside its arguments. */
export interface ToolContext extends RequestContext {
  /** The request's `metadata`: the context with its JSON values decoded. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

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

  /** The request's own metadata over the decoded context. */
  get metadata(): Readonly<Record<string, unknown>> {
    const { context } = this.#context;
    const fromContext = Object.entries(context).map(([key, text]) => [key, decoded(text)]);
    return { ...Object.fromEntries(fromContext), ...(isObject(this.#metadata) ? this.#metadata : {}) };
  }
}

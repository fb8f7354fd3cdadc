/**
 * The doors of one registration besides its requests: invocations go out, relayed WebSockets come in. They lead to the
 * stream that serves now; made when one is first used, so that a registration which uses none pays nothing.
 */
import type { Connector } from "../connectors/connector.js";
import type { InvokeOptions } from "../connectors/invoke.js";
import { MooringError } from "../errors.js";
import { logSafely } from "../execution/log-safely.js";
import type { Logger } from "../logger.js";
import { maxInvokeDepth } from "../protocol/limits.js";
import { checkInvoke } from "./check-invoke.js";
import type { MessageSender } from "./outlet.js";
import { StreamDoors } from "./stream-doors.js";

export interface DoorsOptions {
  readonly key: string;
  /** Says on a shared socket who invokes. */
  readonly arn: string;
  readonly connector: Connector;
  readonly maxMessageBytes: number;
  readonly logger: Logger;
}

/** The request whose handler invokes. */
export interface InvokingRequest {
  readonly context: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Milliseconds until its own limit. */
  readonly remainingMs: number;
}

const depthName = "x-invoke-depth";

/** How many connectors have asked one another before; what is no count is none. */
const depthOf = (context: Readonly<Record<string, string>>): number => {
  const depth = Number(context[depthName] ?? 0);
  return Number.isInteger(depth) && depth > 0 ? depth : 0;
};

export class Doors {
  readonly #options: DoorsOptions;
  #sender: MessageSender | undefined;
  /** Made with the first. */
  #streams: Map<MessageSender, StreamDoors> | undefined;
  #intake: "open" | "draining" = "open";

  constructor(options: DoorsOptions) {
    this.#options = options;
  }

  /** A stream serves; what the connector sends goes out on it from now on. */
  serve(sender: MessageSender): void {
    this.#sender = sender;
  }

  /** A stream is over, and with it all that went through it. */
  leave(sender: MessageSender): void {
    if (this.#sender === sender) this.#sender = undefined;
    const doors = this.#streams?.get(sender);
    this.#streams?.delete(sender);
    doors?.end();
  }

  /** Those of a stream, made when they are not there. */
  on(sender: MessageSender): StreamDoors {
    const found = this.#streams?.get(sender);
    if (found) return found;
    const { connector, maxMessageBytes, key, logger } = this.#options;
    const made = new StreamDoors(sender, connector, maxMessageBytes, (facts, text) =>
      logSafely(logger, "error", { registration: key, ...facts }, text),
    );
    if (this.#intake === "draining") made.relay.drain();
    this.#streams ??= new Map();
    this.#streams.set(sender, made);
    return made;
  }

  /** Those of a stream that has used any. */
  of(sender: MessageSender): StreamDoors | undefined {
    return this.#streams?.get(sender);
  }

  /** For good: relayed WebSockets are closed, and no more are taken. Invocations go on: handlers still run. */
  drain(): void {
    this.#intake = "draining";
    for (const doors of this.#streams?.values() ?? []) doors.relay.drain();
  }

  async invoke(
    target: string,
    capabilityId: string | undefined,
    payload: unknown,
    options: InvokeOptions = {},
    request?: InvokingRequest,
  ): Promise<unknown> {
    const timeoutMs = checkInvoke(target, capabilityId, options);
    const { fireAndForget = false, signal } = options;
    const depth = depthOf(request?.context ?? {}) + 1;
    if (depth > maxInvokeDepth)
      throw new MooringError(
        "INVOKE_FAILED",
        `Invoke failed: ${maxInvokeDepth} connectors have asked one another in a row; no further one is asked.`,
      );
    const sender = this.#sender;
    if (!sender)
      throw new MooringError(
        "NOT_RUNNING",
        `${this.#options.key} does not serve now: it can invoke others only while it is registered.`,
      );
    const left = request ? Math.max(1, Math.floor(request.remainingMs)) : timeoutMs;
    return this.on(sender).invocations.invoke({
      target,
      capabilityId: capabilityId ?? "",
      payload,
      timeoutMs: Math.min(timeoutMs, left),
      context: { ...options.context, [depthName]: String(depth), connector_arn: this.#options.arn },
      fireAndForget,
      signals: [request?.signal, signal].filter((one) => one !== undefined),
    });
  }
}

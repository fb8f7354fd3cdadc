/** One request in a slot: what its handler sees, and whether it has been answered. */
import type { ConnectorRequest, RequestContext } from "../connectors/connector.js";
import type { Invoke } from "../connectors/invoke.js";
import type { MetricHandles } from "../connectors/metrics.js";
import type { ExecuteRequest, PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Logger } from "../logger.js";
import { decodeRequest } from "../protocol/encodings.js";
import type { HandlerBoard } from "./handler-board.js";
import type { RequestSurroundings } from "./request-surroundings.js";

/** Both faces of a request at once, so that a request costs one object; signals are made when touched. */
export class RunningRequest implements ConnectorRequest, RequestContext {
  readonly #request: ExecuteRequest;
  readonly #surroundings: RequestSurroundings;
  readonly startedAt: number;
  /** When its result was ready to be sent, on the clock of `startedAt`. */
  endedAt = Number.NaN;
  /** When it is timed out, on the clock of `startedAt`; never, for a handler that answers at once. */
  dueAt = Number.POSITIVE_INFINITY;
  /** Its handler's number on the board. */
  handler = 0;
  /** It has not returned; what it returned is awaited; or that has called back. Whether it was answered for is another thing. */
  #handlerIs: "inside" | "awaited" | "over" = "inside";
  #abort: AbortController | undefined;
  #reason: Error | undefined;
  /** Of its own: one for all would keep each request whose handler leaves a listener on it. */
  #drain: AbortController | undefined;
  #drainReason: Error | undefined;
  answered = false;

  constructor(request: ExecuteRequest, surroundings: RequestSurroundings, startedAt: number) {
    this.#request = request;
    this.#surroundings = surroundings;
    this.startedAt = startedAt;
  }

  get registration(): string | undefined {
    return this.#surroundings.registration;
  }

  get logger(): Logger {
    return this.#surroundings.logger;
  }

  get metrics(): MetricHandles {
    return this.#surroundings.metrics;
  }

  get maxMessageBytes(): number {
    return this.#surroundings.maxMessageBytes;
  }

  get requestId(): string {
    return this.#request.requestId;
  }

  get capabilityId(): string | undefined {
    return this.#request.capabilityId === "" ? undefined : this.#request.capabilityId;
  }

  get encoding(): PayloadEncoding {
    return this.#request.payloadEncoding;
  }

  get bytes(): Uint8Array {
    return this.#request.payload;
  }

  get context(): Readonly<Record<string, string>> {
    return this.#request.context;
  }

  get tenantId(): string | undefined {
    return this.context.tenant_id || undefined;
  }

  get tenantSlug(): string | undefined {
    return this.context.tenant_slug || this.tenantId;
  }

  get subject(): string | undefined {
    return this.context.user_id || undefined;
  }

  get agentContext(): unknown {
    try {
      return JSON.parse(this.context.agent_context ?? "");
    } catch {
      return undefined;
    }
  }

  /** Milliseconds until it is timed out. */
  get remainingMs(): number {
    return this.startedAt + this.#surroundings.limitOf(this.capabilityId) - this.#surroundings.now();
  }

  get deadline(): number {
    return this.#surroundings.wallClock() + this.remainingMs;
  }

  /** Also when it is taken off its context: `const { invoke } = context`. */
  get invoke(): Invoke {
    const surroundings = this.#surroundings;
    return (target, capabilityId, payload, options) =>
      surroundings.invoke(target, capabilityId, payload, options, this);
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#reason && !this.#abort.signal.aborted) this.#abort.abort(this.#reason);
    return this.#abort.signal;
  }

  get draining(): AbortSignal {
    this.#drain ??= new AbortController();
    if (this.#drainReason && !this.#drain.signal.aborted) this.#drain.abort(this.#drainReason);
    return this.#drain.signal;
  }

  /** Its handler has returned something to wait for, which may have called back within that. */
  handlerIsAwaited(board: HandlerBoard): void {
    if (this.#handlerIs !== "inside") return;
    this.#handlerIs = "awaited";
    board.begun(this.handler);
  }

  /** Returns false when it has ended before: what is no promise may call back as often as it likes. */
  handlerEnds(board: HandlerBoard, at: number): boolean {
    const before = this.#handlerIs;
    this.#handlerIs = "over";
    if (before === "awaited") board.ended(this.handler, at);
    return before !== "over";
  }

  /** Its result is ready now. Returns how many ms that took. */
  end(): number {
    this.endedAt = this.#surroundings.now();
    return this.endedAt - this.startedAt;
  }

  json(): unknown {
    return decodeRequest(this.#request);
  }

  /** Aborts `signal`, now or when it is first looked at. */
  abort(reason: Error): void {
    this.#reason = reason;
    this.#abort?.abort(reason);
  }

  /** Aborts `draining`, now or when it is first looked at. */
  drain(): void {
    this.#drainReason ??= new Error("The registration is draining.");
    this.#drain?.abort(this.#drainReason);
  }
}

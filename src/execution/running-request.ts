/** One request in a slot: what its handler sees, and whether it has been answered. */
import type { ConnectorRequest, RequestContext } from "../connectors/connector.js";
import type { ExecuteRequest, PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Logger } from "../logger.js";
import { decodePayload } from "../protocol/encodings.js";

/** Both faces of a request at once, so that a request costs one object; signals are made when touched. */
export class RunningRequest implements ConnectorRequest, RequestContext {
  readonly #request: ExecuteRequest;
  readonly logger: Logger;
  readonly startedAt: number;
  readonly maxMessageBytes: number;
  /** When it is timed out; never, for a handler that answers at once. */
  deadline = Number.POSITIVE_INFINITY;
  /** Its handler's number on the board. */
  handler = 0;
  #abort: AbortController | undefined;
  #reason: Error | undefined;
  /** Of its own: one for all would keep each request whose handler leaves a listener on it. */
  #drain: AbortController | undefined;
  #drainReason: Error | undefined;
  answered = false;

  constructor(request: ExecuteRequest, logger: Logger, startedAt: number, maxMessageBytes: number) {
    this.#request = request;
    this.maxMessageBytes = maxMessageBytes;
    this.logger = logger;
    this.startedAt = startedAt;
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

  json(): unknown {
    return decodePayload(this.#request.payload, this.#request.payloadEncoding);
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

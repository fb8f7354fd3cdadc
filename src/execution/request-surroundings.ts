/** What the requests of a registration share, so that none carries it by itself. */
import type { InvokeOptions } from "../connectors/invoke.js";
import { type MetricHandles, OwnMetrics } from "../connectors/metrics.js";
import { ownLimitOf } from "../connectors/time-limit.js";
import { MooringError } from "../errors.js";
import { PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Logger } from "../logger.js";
import { undeclared } from "../protocol/encodings.js";
import type { ExecutionOptions } from "./execution-options.js";
import type { RunningRequest } from "./running-request.js";

export interface RequestSurroundings {
  readonly registration?: string | undefined;
  readonly logger: Logger;
  readonly metrics: MetricHandles;
  readonly maxMessageBytes: number;
  /** Throws UNSUPPORTED_ENCODING for one that the connector has not declared. */
  checkEncoding(encoding: PayloadEncoding): void;
  /** Milliseconds that a request of this capability may take. */
  limitOf(capabilityId: string | undefined): number;
  /** Monotonic, in ms. */
  now(): number;
  /** Since 1970, in ms. */
  wallClock(): number;
  invoke(
    target: string,
    capabilityId: string | undefined,
    payload: unknown,
    options: InvokeOptions | undefined,
    request: RunningRequest,
  ): Promise<unknown>;
}

const invokeNowhere = async (): Promise<never> => {
  throw new MooringError("NOT_IMPLEMENTED", "Not implemented: nothing can be invoked from here.");
};

/** What the connector declares, as a bit for each encoding, because every request asks. JSON is UNSPECIFIED, too. */
function bitsOf(declared: readonly PayloadEncoding[]): number {
  let bits = declared.includes(PayloadEncoding.JSON) ? 1 : 0;
  for (const encoding of declared) bits |= 1 << encoding;
  return bits;
}

/** Who declares nothing takes all. */
const every = -1;

/** Which encodings a connector takes. */
export class DeclaredEncodings {
  readonly #declared: readonly PayloadEncoding[];
  readonly #bits: number;

  constructor(declared: readonly PayloadEncoding[]) {
    this.#declared = declared;
    this.#bits = declared.length === 0 ? every : bitsOf(declared);
  }

  /** Throws UNSUPPORTED_ENCODING for one that is not declared. */
  check(encoding: PayloadEncoding): void {
    if (((this.#bits >> encoding) & 1) === 0) throw undeclared(encoding, this.#declared);
  }
}

/** Those of a registration in this thread. */
export class OwnSurroundings implements RequestSurroundings {
  readonly maxMessageBytes: number;
  readonly #options: ExecutionOptions;
  readonly #encodings: DeclaredEncodings;
  #metrics: Pick<OwnMetrics, "handles"> | undefined;

  constructor(options: ExecutionOptions, maxMessageBytes: number) {
    this.#options = options;
    this.maxMessageBytes = maxMessageBytes;
    this.#encodings = new DeclaredEncodings(options.connector.supportedEncodings);
    this.#metrics = options.metrics;
  }

  get registration(): string {
    return this.#options.key;
  }

  get logger(): Logger {
    return this.#options.logger;
  }

  get metrics(): MetricHandles {
    this.#metrics ??= new OwnMetrics();
    return this.#metrics.handles;
  }

  checkEncoding(encoding: PayloadEncoding): void {
    this.#encodings.check(encoding);
  }

  limitOf(capabilityId: string | undefined): number {
    return ownLimitOf(this.#options.connector, capabilityId) ?? this.#options.requestTimeoutMs;
  }

  now(): number {
    return this.#options.now();
  }

  wallClock(): number {
    return this.#options.wallClock();
  }

  invoke(...asked: Parameters<RequestSurroundings["invoke"]>): Promise<unknown> {
    const { doors } = this.#options;
    return doors ? doors.invoke(...asked) : invokeNowhere();
  }
}

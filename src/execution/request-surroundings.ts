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

/** A bit for each encoding, because every request asks. UNSPECIFIED counts as JSON; who declares nothing takes all. */
export function checkOf(declared: readonly PayloadEncoding[]): (encoding: PayloadEncoding) => void {
  if (declared.length === 0) return () => {};
  let bits = declared.includes(PayloadEncoding.JSON) ? 1 : 0;
  for (const encoding of declared) bits |= 1 << encoding;
  return (encoding) => {
    if (((bits >> encoding) & 1) === 0) throw undeclared(encoding, declared);
  };
}

export function surroundingsOf(options: ExecutionOptions, maxMessageBytes: number): RequestSurroundings {
  const { connector, requestTimeoutMs, logger, now, wallClock, invoke = invokeNowhere } = options;
  const { metrics = new OwnMetrics() } = options;
  return {
    registration: options.key,
    logger,
    get metrics() {
      return metrics.handles;
    },
    maxMessageBytes,
    checkEncoding: checkOf(connector.supportedEncodings),
    limitOf: (capabilityId) => ownLimitOf(connector, capabilityId) ?? requestTimeoutMs,
    now,
    wallClock,
    invoke,
  };
}

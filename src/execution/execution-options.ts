/** What an execution is made with. */
import type { Connector } from "../connectors/connector.js";
import type { OwnMetrics } from "../connectors/metrics.js";
import type { Logger } from "../logger.js";
import type { LimitBounds } from "./adaptive-limit.js";
import type { HandlerBoard } from "./handler-board.js";
import type { OutboxLimits } from "./outbox.js";
import type { RequestSurroundings } from "./request-surroundings.js";

export interface ExecutionOptions {
  readonly key: string;
  readonly connector: Connector;
  /** Bounds: as many between them as handlers take without getting slower. */
  readonly maxConcurrentRequests: number | LimitBounds;
  readonly maxQueuedRequests: number;
  /** In ms; the connector's own limit wins. */
  readonly requestTimeoutMs: number;
  readonly outbox: OutboxLimits;
  /** A larger result is answered as a failure, because the stream could not carry it. Default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Where it notes whose handler holds the thread. Default: one of its own, that nobody reads. */
  readonly board?: HandlerBoard;
  /** Where handlers ask other connectors. Default: nowhere; it rejects. */
  readonly doors?: Pick<RequestSurroundings, "invoke">;
  /** Where handlers count. Default: a registry that nobody reads. */
  readonly metrics?: Pick<OwnMetrics, "handles">;
  readonly logger: Logger;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Since 1970, in ms. */
  readonly wallClock: () => number;
}

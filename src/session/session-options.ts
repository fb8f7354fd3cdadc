/** What the session of a stream is made with. */
import type { OwnMetrics } from "../connectors/metrics.js";
import type { RegisterTokens, SecretKeeper } from "../credentials/credentials.js";
import type { Doors } from "../doors/doors.js";
import type { Execution } from "../execution/execution.js";
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { ProxyFigures } from "../network/proxy/figures.js";
import type { Identity } from "../protocol/identity.js";
import type { WireKind } from "../transport/transport.js";
import type { ConnectionCounters, RoundTrips } from "./metrics-report.js";
import type { PulseOptions } from "./pulse.js";
import type { Ticker } from "./ticker.js";

export interface SessionOptions {
  readonly identity: Identity;
  readonly key: string;
  readonly credentials: SecretKeeper;
  readonly execution: Execution;
  readonly doors: Doors;
  /** `kind`: what carries it; without one, what the transport dials first. */
  readonly registerMessage: (tokens: RegisterTokens, kind?: WireKind) => StreamMessage;
  /** What the connector says of itself now: another object after each change. Default: it never changes. */
  readonly described?: () => object;
  /** Metrics reports go out by its clock. */
  readonly ticker: Ticker;
  readonly pulse: PulseOptions;
  /** A report that does not fit goes without its figures, or not at all. Default: any size. */
  readonly maxMessageBytes?: number;
  readonly connectionCounters: () => ConnectionCounters;
  readonly roundTrips: RoundTrips;
  /** The connector's own figures. Default: none. */
  readonly metrics?: Pick<OwnMetrics, "snapshot">;
  /** Of the runtime's ways through proxies. Default: none was ever used. */
  readonly proxies?: ProxyFigures | undefined;
  /** When the registration was added, on `now`'s clock. */
  readonly addedAt: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Since 1970, in ms. */
  readonly wallClock: () => number;
}

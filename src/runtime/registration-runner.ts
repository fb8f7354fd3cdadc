/**
 * What the public face needs of what runs the registrations: this thread (`local-runner.ts`), or worker threads
 * (`../workers/worker-runner.ts`).
 */

import type { Invoke } from "../connectors/invoke.js";
import type { MetricSeries } from "../connectors/metrics.js";
import type { MooringError } from "../errors.js";
import type { InspectionFeed } from "../inspect/feed.js";
import type { Logger } from "../logger.js";
import type { ChangeFeed } from "./changes.js";
import type { JournalEntry } from "./journal.js";
import type { RegistrationOptions } from "./options.js";
import type { ClosedReport, DrainReport, RegistrationStatus, RuntimeStatus } from "./status.js";
import type { Supervision } from "./supervision.js";

/** A registration, wherever it lives. */
export interface ManagedRegistration {
  readonly key: string;
  /** As its status says, which is a large object to ask thousands for. */
  readonly isReady: boolean;
  status(): RegistrationStatus;
  /** What its connector counts by itself. */
  series(): readonly MetricSeries[];
  /** Oldest first. */
  history(): readonly JournalEntry[];
  /** Asks another connector over its stream. */
  readonly invoke: Invoke;
  /** Somebody has asked for something, in words for the journal. */
  asked(detail: string): void;
}

export interface RegistrationRunner {
  readonly supervision: Supervision;
  readonly changes: ChangeFeed;
  readonly feed: InspectionFeed | undefined;
  /** Undefined: nothing is recorded. */
  readonly recording: { text(): AsyncIterable<string> } | undefined;
  /** As `grpc://host:port`, with the scheme of what is dialled. */
  readonly gateway: string;
  readonly transport: RuntimeStatus["transport"];
  readonly drainDeadlineMs: number;
  readonly logger: Logger;
  /** Why not one of the registrations can run, when that shows only after the start. */
  readonly refusal: MooringError | undefined;
  readonly registrations: ReadonlyMap<string, ManagedRegistration>;
  channels(): RuntimeStatus["channels"];
  /** Checks a registration and makes room for it; it lives once `launch` has been called for it. Throws INVALID_CONFIG. */
  admit(options: RegistrationOptions): ManagedRegistration;
  launch(registrations: readonly ManagedRegistration[]): void;
  /** Forgets a registration that was never launched. */
  discard(key: string): void;
  /** Ends what the machines have left; all sockets, timers and threads are gone when it resolves. */
  release(): Promise<{ readonly drain: DrainReport; readonly closed: ClosedReport }>;
}

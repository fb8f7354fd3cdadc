/** The reports of start, drain and close, from statuses and executions. Pure. */
import type { WorkReport } from "../execution/work-counters.js";
import type { RegistrationRecord } from "./record.js";
import type { ManagedRegistration } from "./registration-runner.js";
import {
  type ClosedReport,
  type DrainReport,
  type RegistrationStatus,
  type StartReport,
  statePath,
} from "./status.js";

export function startReport(
  registrations: Iterable<ManagedRegistration>,
  explain: (key: string) => string,
  timedOut: boolean,
): StartReport {
  const ready: string[] = [];
  const others: RegistrationStatus[] = [];
  // Each is asked once: what a thread says of itself may be another thing a moment later.
  for (const one of registrations)
    if (one.isReady) ready.push(one.key);
    else others.push(one.status());
  const pending = (one: RegistrationStatus) => one.tags.includes("joining");
  return {
    ready,
    pendingApproval: others.filter(pending).map((one) => one.key),
    failing: others
      .filter((one) => !pending(one))
      .map((one) => ({
        key: one.key,
        state: statePath(one.state, one.child),
        cause: one.cause,
        code: one.code,
        explanation: explain(one.key),
      })),
    timedOut,
  };
}

export function drainReport(reports: readonly WorkReport[]): DrainReport {
  const sum = (figure: (report: WorkReport) => number) =>
    reports.reduce((total, report) => total + figure(report), 0);
  const cancelled = sum((report) => report.cancelled);
  const lost = reports.flatMap((report) => report.lost);
  return {
    finished: sum((report) => report.finished),
    handedBack: sum((report) => report.handedBack),
    cancelled,
    lost,
    forced: cancelled > 0 || lost.length > 0,
  };
}

export function closedReport(records: readonly RegistrationRecord[], faults: readonly Error[]): ClosedReport {
  return {
    registrations: records.map((record) => {
      const { cause, code, state } = record.status();
      return { key: record.key, reason: record.view?.stopReason ?? state, cause, code };
    }),
    faults,
  };
}

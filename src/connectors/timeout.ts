/** Time limits that connectors set for their requests. */
import { invalidConfig } from "../errors.js";
import { maxTimerMs } from "../protocol/milliseconds.js";

/** Throws INVALID_CONFIG for a limit that no timer can keep; undefined is fine. */
export function checkTimeout(field: string, ms: number | undefined): void {
  if (ms === undefined || (ms >= 1 && ms <= maxTimerMs)) return;
  throw invalidConfig(
    `${field} must be a number of milliseconds from 1 to ${maxTimerMs}; got ${String(ms)}.`,
  );
}

/** Refuses an invocation that cannot be meant so, before anything is sent. */
import type { InvokeOptions } from "../connectors/invoke.js";
import { invalidConfig } from "../errors.js";
import { checkOptions } from "../options/check.js";
import { text } from "../options/kinds.js";
import { bounded } from "../options/ranges.js";
import { defaultRequestMs } from "../protocol/defaults.js";
import { invokeCall } from "./option-table.js";

/** Returns the time limit in ms. Throws INVALID_CONFIG that names the field. */
export function checkInvoke(target: unknown, capabilityId: unknown, options: InvokeOptions): number {
  if (!text.is(target) || target.trim() === "")
    throw invalidConfig('target must be an address, such as "acme.echo.echo-1".');
  if (capabilityId !== undefined && !text.is(capabilityId))
    throw invalidConfig("capabilityId must be a text, or undefined where the other has one only.");
  checkOptions(options, invokeCall);
  return bounded("timeoutMs", options.timeoutMs ?? defaultRequestMs, invokeCall.table.timeoutMs);
}

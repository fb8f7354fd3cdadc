/** The settings that a registration's machine lives by. */
import type { RegistrationPolicy } from "../../machines/index.js";
import type { Settings } from "./options.js";

export function policyOf(settings: Settings): RegistrationPolicy {
  return {
    reconnect: settings.reconnect,
    connectTimeoutMs: settings.connectTimeoutMs,
    backoff: settings.backoff,
    refusedDelayMs: settings.refusedDelayMs,
    stableUptimeMs: settings.stableUptimeMs,
    heartbeat: settings.heartbeat,
    reconnectGraceMs: settings.reconnectGraceMs,
    approvalStallMs: 60_000,
    exchangeRetries: 3,
  };
}

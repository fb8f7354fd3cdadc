/** The settings that a registration's machine lives by. */
import { defaultPolicy, type RegistrationPolicy } from "../../machines/policy.js";
import type { Settings } from "./options.js";

export function policyOf(settings: Settings): RegistrationPolicy {
  return {
    ...defaultPolicy,
    reconnect: settings.reconnect,
    connectTimeoutMs: settings.connectTimeoutMs,
    backoff: settings.backoff,
    refusedDelayMs: settings.refusedDelayMs,
    stableUptimeMs: settings.stableUptimeMs,
    heartbeat: settings.heartbeat,
    reconnectGraceMs: settings.reconnectGraceMs,
  };
}

/** The back-off formula, pure: how long to wait before the next try. */

export interface BackoffPolicy {
  readonly baseMs: number;
  readonly maxMs: number;
  readonly jitterMs: number;
}

/** Above this exponent the delay no longer doubles (`protocol/transports.md` §7.6). */
const maxExponent = 20;

/** A peer's hint is not followed further than this. */
const maxHintMs = 3_600_000;

const fraction = (random: () => number): number => Math.min(Math.max(random() || 0, 0), 1);

/** `min(max, base × 2^min(attempt−1, 20) + uniform(0..jitter))`: `maxMs` is a true upper bound. `attempt` counts from 1. */
export function backoffDelay(policy: BackoffPolicy, attempt: number, random: () => number): number {
  const exponent = Math.min(Math.max(attempt, 1) - 1, maxExponent);
  const delay = policy.baseMs * 2 ** exponent + fraction(random) * policy.jitterMs;
  return Math.floor(Math.min(policy.maxMs, delay));
}

/** The slow pace while somebody says no: `floorMs` plus jitter, so that many refused registrations spread out. */
export function refusedDelay(floorMs: number, jitterMs: number, random: () => number): number {
  return Math.floor(floorMs + fraction(random) * jitterMs);
}

/** A delay that also honours the peer's retry hint, up to an hour. */
export function withHint(delayMs: number, retryAfterMs: number | undefined): number {
  return Math.max(delayMs, Math.min(retryAfterMs ?? 0, maxHintMs));
}

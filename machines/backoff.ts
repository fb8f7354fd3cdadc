/** The back-off formula, pure: how long to wait before the next try. */

/** How the wait between two tries grows. */
export interface BackoffPolicy {
  /** The first wait, doubled with each try. */
  readonly baseMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
  /** Added by chance, from 0 up to this, so that many do not come together. */
  readonly jitterMs: number;
}

/** Above this exponent the delay no longer doubles (docs/protocol.md, "Back-off"). */
const maxExponent = 20;

/** The window of a return at once: wide enough that a thousand do not come together, and about a round trip. */
const returnWindowMs = 100;

/** A peer's hint is not followed further than this. */
const maxHintMs = 3_600_000;

/** Longer timers would overflow Node's and fire at once. */
const maxTimerMs = 2_147_483_647;

const fraction = (random: () => number): number => Math.min(Math.max(random() || 0, 0), 1);

/** A number of milliseconds that a timer takes: not NaN, not negative, no overflow. */
export const timerMs = (ms: number): number => Math.floor(Math.min(Math.max(ms || 0, 0), maxTimerMs));

/**
 * `min(max, base × 2^min(attempt−1, 20) + uniform(0..jitter))`: `maxMs` is a true upper bound. `attempt` counts from 1.
 *
 * @example
 * ```ts
 * import { backoffDelay, defaultPolicy } from "mooring/machines";
 *
 * console.log(backoffDelay(defaultPolicy.backoff, 3, () => 0)); // 2000
 * ```
 */
export function backoffDelay(policy: BackoffPolicy, attempt: number, random: () => number): number {
  const exponent = Math.min(Math.max(attempt || 1, 1) - 1, maxExponent);
  const delay = timerMs(policy.baseMs) * 2 ** exponent + fraction(random) * timerMs(policy.jitterMs);
  return timerMs(Math.min(timerMs(policy.maxMs), delay));
}

/**
 * The slow pace while somebody says no: `floorMs` plus jitter, so that many refused registrations spread out.
 *
 * @example
 * ```ts
 * import { refusedDelay } from "mooring/machines";
 *
 * console.log(refusedDelay(30_000, 500, () => 0)); // 30000
 * ```
 */
export function refusedDelay(floorMs: number, jitterMs: number, random: () => number): number {
  return timerMs(floorMs + fraction(random) * timerMs(jitterMs));
}

/** Somewhere in the first 100 ms: for the first try after a clean end of a stream that had been stable. */
export const returnDelay = (random: () => number): number => timerMs(fraction(random) * returnWindowMs);

/**
 * A delay in ms that also honours the peer's retry hint, up to an hour.
 *
 * @example
 * ```ts
 * import { withHint } from "mooring/machines";
 *
 * console.log(withHint(500, 8_000)); // 8000
 * ```
 */
export function withHint(delayMs: number, retryAfterMs: number | undefined): number {
  return timerMs(Math.max(delayMs, Math.min(retryAfterMs || 0, maxHintMs)));
}

/** Between two tries of one step: `baseMs`, doubled, and up to a quarter more, so that many do not ask together. */
export function stepDelay(baseMs: number, tries: number, random: () => number): number {
  return timerMs(baseMs * 2 ** Math.min(Math.max(tries, 1) - 1, maxExponent) * (1 + fraction(random) / 4));
}

/** Somewhere in the first half of the time between two moments. */
export function spread(fromMs: number, toMs: number, random: () => number): number {
  return timerMs(fromMs + (fraction(random) * Math.max(0, toMs - fromMs)) / 2);
}

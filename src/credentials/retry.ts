/**
 * Owns how a step of the credential exchange is tried again, and how callers wait for shared work. Knows
 * neither HTTP nor tokens.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CredentialError, type CredentialFailure } from "./credentials.js";

/** Waits `ms` milliseconds; rejects when the signal is aborted. Injected, so that tests do not wait. */
export type Delay = (ms: number, signal: AbortSignal) => Promise<void>;

export const timerDelay: Delay = async (ms, signal) => {
  await sleep(ms, undefined, { signal });
};

/** What one try brought: a value, or a failure and whether another try may help. */
export type Step<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: CredentialFailure; readonly retry: boolean };

export interface RetryPolicy {
  /** Waits between tries in ms, before jitter: their number + 1 is the number of tries. */
  readonly waitsMs: readonly number[];
  readonly delay: Delay;
  /** In [0, 1). */
  readonly random: () => number;
  /** Stops waiting and starts no further try; a running try ends by its own signal. */
  readonly signal: AbortSignal;
}

/** A peer that asks for a longer pause than this is left to the caller's own back-off. */
const longestRetryAfterMs = 10_000;

/** Repeats `step` while it fails with `retry`. Rejects with a {@link CredentialError} of the last failure. */
export async function withRetries<T>(step: () => Promise<Step<T>>, policy: RetryPolicy): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const result = await step();
    if (result.ok) return result.value;
    const waitMs = policy.waitsMs[attempt];
    const askedMs = result.failure.retryAfterMs ?? 0;
    if (!result.retry || waitMs === undefined || askedMs > longestRetryAfterMs || policy.signal.aborted) {
      throw new CredentialError(result.failure);
    }
    // A quarter of jitter keeps registrations that were approved together from asking together.
    const jitteredMs = waitMs * (1 + policy.random() / 4);
    try {
      await policy.delay(Math.max(askedMs, jitteredMs), policy.signal);
    } catch {
      throw new CredentialError(result.failure);
    }
  }
}

/** Waits for shared work; aborting the signal only stops this waiting. */
export function subscribe<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = () => {
      const timedOut = signal.reason instanceof Error && signal.reason.name === "TimeoutError";
      reject(
        new CredentialError({
          cause: "credentials-unavailable",
          code: timedOut ? "TIMEOUT" : "ABORTED",
          detail: timedOut ? "No token within the time limit." : "Waiting for a token was given up.",
        }),
      );
    };
    if (signal.aborted) {
      work.catch(() => {});
      leave();
      return;
    }
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

/** A signal that follows `signal` and is aborted after `ms` at the latest. Call `clear` when done. */
export function deadline(signal: AbortSignal, ms: number): { readonly signal: AbortSignal; clear(): void } {
  const limit = new AbortController();
  const follow = () => limit.abort(signal.reason);
  const timer = setTimeout(() => limit.abort(new DOMException("Time is up.", "TimeoutError")), ms);
  if (signal.aborted) follow();
  else signal.addEventListener("abort", follow, { once: true });
  return {
    signal: limit.signal,
    clear() {
      clearTimeout(timer);
      signal.removeEventListener("abort", follow);
    },
  };
}

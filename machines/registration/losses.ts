/** What a lost link, a refusal or a failed exchange does to the context. Pure. */
import { backoffDelay, refusedDelay, returnDelay, withHint } from "../backoff.js";
import { type Failure, type FailureCause, refusesRegister } from "../failure.js";
import type { RegistrationContext } from "./types.js";

/** From this many rejections in a row the slow pace applies; earlier ones use the normal formula. */
const slowFromRejections = 3;

/** A person has to act: the slow pace applies at once. */
const slowCauses: ReadonlySet<FailureCause> = new Set<FailureCause>([
  "approval-rejected",
  "credentials-refused",
  "one-time-token-consumed",
]);

function slowPace(failure: Failure, rejections: number, attempt: number): boolean {
  if (slowCauses.has(failure.cause)) return true;
  if (failure.kind === "rejected") return rejections >= slowFromRejections;
  return failure.kind === "configuration" && attempt >= slowFromRejections;
}

/** Whether `backoff.refused` is where this failure waits. */
export const waitsRefused = (failure: Failure | null): boolean =>
  failure !== null && (failure.kind !== "transient" || slowCauses.has(failure.cause));

/** The stream that is open, or was a moment ago, stayed up for a stable uptime. */
const hasBeenStable = ({ streamAttempt, stableStream }: RegistrationContext): boolean =>
  streamAttempt === stableStream;

/**
 * Nothing was lost since a stable uptime. After a return at once, which counts as no failed try, the stable stream is
 * an earlier one.
 */
export const isSteady = (context: RegistrationContext): boolean =>
  context.attempt === 0 && (context.stableStream === 0 || hasBeenStable(context));

/** One more loss: counts it and chooses the delay. */
export function afterLoss(context: RegistrationContext, failure: Failure): Partial<RegistrationContext> {
  if (failure.cause === "server-closed" && hasBeenStable(context)) return afterCleanEnd(context, failure);
  const rejections = context.rejections + (refusesRegister(failure) ? 1 : 0);
  const attempt = context.attempt + 1;
  const { policy, random } = context;
  const delay = slowPace(failure, rejections, attempt)
    ? refusedDelay(policy.refusedDelayMs, policy.backoff.jitterMs, random)
    : backoffDelay(policy.backoff, attempt, random);
  return {
    failure,
    rejections,
    attempt,
    backoffMs: withHint(delay, failure.retryAfterMs),
    exchange: { ...context.exchange, offerId: null },
  };
}

/**
 * The peer ended in order what had been stable: a gateway that is being replaced, mostly, and another takes the next
 * try. It counts as no failed try, and the stream that follows has to be stable before the next of this kind.
 */
function afterCleanEnd(context: RegistrationContext, failure: Failure): Partial<RegistrationContext> {
  return {
    failure,
    attempt: 0,
    backoffMs: withHint(returnDelay(context.random), failure.retryAfterMs),
    exchange: { ...context.exchange, offerId: null },
  };
}

/** Two rejections in a row, and each further two: the next register starts from renewed credentials. */
export const rejectedTwice = (rejections: number): boolean => rejections > 0 && rejections % 2 === 0;

/**
 * Tells which failures are the fault of a way to the gateway, so that another way may succeed. Two sorts are not: what
 * the gateway itself answered, and what every way would meet (a proxy refuses, trust is missing, this machine's limits).
 */
import type { WayFailure } from "../../machines/transport-choice.js";
import {
  type LinkCause,
  type LinkFailure,
  type StreamEnding,
  TransportOpenError,
} from "../transport/transport.js";

const metByAny: ReadonlySet<LinkCause> = new Set([
  "proxy-failed",
  "tls",
  "local-error",
  "message-too-large",
  "outbound-closed",
  "internal",
]);

const factsOf = ({ cause, code }: LinkFailure): WayFailure => ({
  cause,
  ...(code === undefined ? {} : { code }),
});

/** Undefined: the way is not to blame. */
export function failedOpening(error: unknown): WayFailure | undefined {
  if (!(error instanceof TransportOpenError)) return undefined;
  const { failure } = error;
  return failure.isAnswer || metByAny.has(failure.cause) ? undefined : factsOf(failure);
}

/** Of a stream that brought no message. A gateway says why it ends one; that it is unavailable, a proxy may say for it. */
export function failedStream({ by, failure }: StreamEnding): WayFailure | undefined {
  if (by === "local" || metByAny.has(failure.cause)) return undefined;
  return by === "link" || failure.cause === "peer-unavailable" ? factsOf(failure) : undefined;
}

/** No answer to the register request on a stream that is open. */
export const silentStream: WayFailure = { cause: "open-timeout", code: "SILENCE" };

/** Mends itself, or at least more often than what only a person can change. */
const isPassing = ({ cause }: LinkFailure): boolean => cause !== "wrong-protocol";

/** The error of a try in which both ways failed: its cause, which sets the time until the next try, is of one; its text names both. */
export function bothFailed(
  first: { readonly kind: string; readonly error: unknown },
  second: { readonly kind: string; readonly error: unknown },
): unknown {
  const [one, other] = [first.error, second.error];
  if (!(one instanceof TransportOpenError && other instanceof TransportOpenError)) return other;
  if (failedOpening(other) === undefined) return other;
  const told = isPassing(one.failure) || !isPassing(other.failure) ? one.failure : other.failure;
  const hints = [one, other].flatMap(({ failure: { retryAfterMs } }) => retryAfterMs ?? []);
  const words = [first, second].map(({ kind, error }) =>
    wordsOf(kind, (error as TransportOpenError).failure),
  );
  const failure: LinkFailure = {
    ...told,
    detail: words.join(" "),
    ...(hints.length > 0 ? { retryAfterMs: Math.max(...hints) } : {}),
  };
  return new TransportOpenError(failure, { cause: other });
}

const wordsOf = (kind: string, { cause, code, detail }: LinkFailure): string =>
  `${kind}: ${code ?? cause}.${detail === undefined ? "" : ` ${detail}`}`;

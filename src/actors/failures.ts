/** Turns what the lower layers throw or report into the machines' `Failure` values. */
import { type Failure, failureOf } from "../../machines/failure.js";
import { CredentialError } from "../credentials/credentials.js";
import { TransportOpenError } from "../transport/transport.js";

/** An error of a port as data. What is not one of ours is a bug: `internal`, with the error's class name. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof TransportOpenError) return failureOfFacts(error.failure, true);
  if (error instanceof CredentialError) return failureOfFacts(error.failure, true);
  return failureOf("internal", { code: error instanceof Error ? error.name : typeof error });
}

/** Facts of a lower layer with their kind; `beforeAcceptance` decides whether the end of a stream may be a refusal. */
export function failureOfFacts(
  facts: {
    readonly cause: Failure["cause"];
    readonly code?: string;
    readonly detail?: string;
    readonly retryAfterMs?: number;
  },
  beforeAcceptance: boolean,
): Failure {
  const { cause, code, detail, retryAfterMs } = facts;
  const rest: { code?: string; detail?: string; retryAfterMs?: number } = {};
  if (code !== undefined) rest.code = code;
  if (detail !== undefined) rest.detail = detail;
  if (retryAfterMs !== undefined) rest.retryAfterMs = retryAfterMs;
  return failureOf(cause, rest, beforeAcceptance);
}

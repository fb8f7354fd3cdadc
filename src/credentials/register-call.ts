/**
 * The register call: a one-time token and a public key become a client's credentials
 * (docs/protocol.md, "Register with a one-time token"). Does not choose the address and keeps nothing.
 */

import type { Identity } from "../protocol/identity.js";
import type { Secret } from "../secret.js";
import { CredentialError, type CredentialFailure } from "./credentials.js";
import { becauseOf, type HttpClient, HttpError, pauseAskedMs } from "./http.js";
import { parseSavedCredentials, type SavedCredentials } from "./store.js";

export interface RegisterCall {
  readonly target: URL;
  readonly oneTimeToken: Secret;
  /** SPKI PEM. */
  readonly publicKeyPem: string;
  readonly identity: Identity;
}

export interface RegisterDependencies {
  readonly http: HttpClient;
  /** Cuts a running call off; what it was to bring is lost. */
  readonly giveUp: AbortSignal;
  readonly wallClock: () => number;
}

const failed = (code: string, detail: string): CredentialFailure => ({
  cause: "credentials-exchange-failed",
  code,
  detail,
});

/** A new token may not yet be known to every server: only several refusals say that it counts no more. */
function failureOf(response: Response, text: string, wallClock: () => number): CredentialFailure {
  const { status } = response;
  if (status === 401 && text.includes("Invalid or expired")) {
    const detail = "The one-time token is used or expired; a new one is needed.";
    return { cause: "one-time-token-consumed", code: "HTTP_401", detail, again: true };
  }
  if (status >= 300 && status < 400) {
    return failed(
      "REDIRECT",
      "The API answered the register call with a redirect, which is never followed with a secret.",
    );
  }
  const pause = pauseAskedMs(response.headers, wallClock);
  return {
    ...failed(`HTTP_${status}`, `The API answered the register call with status ${status}.`),
    ...(pause === undefined ? {} : { retryAfterMs: pause }),
    again: status >= 500 || status === 429,
  };
}

/** Registers the public key, in one try. Rejects with `CredentialError`. */
export async function registerKey(call: RegisterCall, deps: RegisterDependencies): Promise<SavedCredentials> {
  const body = JSON.stringify({
    token: call.oneTimeToken.reveal(),
    public_key: call.publicKeyPem,
    connector_type: call.identity.connectorType,
    instance_id: call.identity.instanceId,
  });
  const response = await deps.http
    .fetch(call.target, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "*/*" },
      body,
      signal: deps.giveUp,
    })
    .catch((error: unknown) => {
      const code = error instanceof HttpError ? error.code : "NETWORK";
      const failure = failed(code, `The register call got no answer from the API${becauseOf(error)}.`);
      throw new CredentialError({ ...failure, again: true });
    });
  const text = await response.text();
  if (!response.ok) throw new CredentialError(failureOf(response, text, deps.wallClock));
  const credentials = parseSavedCredentials(text);
  if (credentials) {
    // Who it is that answers is known here, and not for the answer to say.
    const { gateways: _, ...issued } = credentials;
    return issued;
  }
  const detail = "The API accepted the register call, but its answer has not the expected members.";
  throw new CredentialError(failed("MALFORMED_RESPONSE", detail));
}

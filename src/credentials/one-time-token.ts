/**
 * The register call: a one-time token and a public key become a client's credentials
 * (`protocol/authentication.md` §6.5 to §6.7). Does not choose the address and keeps nothing.
 */
import type { Identity } from "../protocol/identity.js";
import type { CredentialFailure } from "./credentials.js";
import { type HttpClient, HttpError, retryAfterMs } from "./http.js";
import { type RetryPolicy, type Step, withRetries } from "./retry.js";
import { parseSavedCredentials, type SavedCredentials } from "./store.js";

export interface RegisterCall {
  readonly target: URL;
  readonly oneTimeToken: string;
  /** SPKI PEM. */
  readonly publicKeyPem: string;
  readonly identity: Identity;
}

export interface RegisterDependencies {
  readonly http: HttpClient;
  readonly retry: RetryPolicy;
  /** Cuts a running call off; what it was to bring is lost. */
  readonly giveUp: AbortSignal;
  readonly wallClock: () => number;
}

/** Waits before the second, third and fourth try, in ms: a new token may not yet be known to every server. */
export const registerWaitsMs: readonly number[] = [500, 1000, 2000];

const failed = (code: string, detail: string): CredentialFailure => ({
  cause: "credentials-exchange-failed",
  code,
  detail,
});

function failureOf(response: Response, text: string, wallClock: () => number): Step<never> {
  const { status } = response;
  if (status === 401 && text.includes("Invalid or expired")) {
    const detail = "The one-time token is used or expired; a new one is needed.";
    return {
      ok: false,
      retry: true,
      failure: { cause: "one-time-token-consumed", code: "HTTP_401", detail },
    };
  }
  if (status >= 300 && status < 400) {
    const detail =
      "The API answered the register call with a redirect, which is never followed with a secret.";
    return { ok: false, retry: false, failure: failed("REDIRECT", detail) };
  }
  const pause = retryAfterMs(response.headers, wallClock);
  const failure = failed(`HTTP_${status}`, `The API answered the register call with status ${status}.`);
  return {
    ok: false,
    retry: status >= 500 || status === 429,
    failure: pause === undefined ? failure : { ...failure, retryAfterMs: pause },
  };
}

async function callOnce(
  body: string,
  target: URL,
  deps: RegisterDependencies,
): Promise<Step<SavedCredentials>> {
  let response: Response;
  try {
    response = await deps.http.fetch(target, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "*/*" },
      body,
      signal: deps.giveUp,
    });
  } catch (error) {
    const code = error instanceof HttpError ? error.code : "NETWORK";
    return { ok: false, retry: true, failure: failed(code, "The register call got no answer from the API.") };
  }
  const text = await response.text();
  if (!response.ok) return failureOf(response, text, deps.wallClock);
  const credentials = parseSavedCredentials(text);
  if (credentials) return { ok: true, value: credentials };
  const detail = "The API accepted the register call, but its answer has not the expected members.";
  return { ok: false, retry: false, failure: failed("MALFORMED_RESPONSE", detail) };
}

/** Registers the public key, with bounded retries. Rejects with `CredentialError`. */
export function registerKey(call: RegisterCall, deps: RegisterDependencies): Promise<SavedCredentials> {
  const body = JSON.stringify({
    token: call.oneTimeToken,
    public_key: call.publicKeyPem,
    connector_type: call.identity.connectorType,
    instance_id: call.identity.instanceId,
  });
  return withRetries(() => callOnce(body, call.target, deps), deps.retry);
}

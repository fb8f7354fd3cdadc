/**
 * The token call: saved credentials and their key become an access token (`protocol/authentication.md` §7),
 * by openid-client with a signed assertion, fresh for each try. Caching is in `token-cache.ts`.
 */
import { randomUUID } from "node:crypto";
import {
  allowInsecureRequests,
  Configuration,
  clientCredentialsGrant,
  clockSkew,
  customFetch,
  modifyAssertion,
  PrivateKeyJwt,
} from "openid-client";
import { isSafeTarget, parseHttpUrl } from "./callback-base.js";
import { CredentialError, type CredentialFailure } from "./credentials.js";
import { type HttpClient, HttpError, retryAfterMs } from "./http.js";
import { KeyError, loadSigningKey, type SigningKey } from "./keys.js";
import { type Delay, deadline, type Step, withRetries } from "./retry.js";
import type { SavedCredentials, SavedIdentity } from "./store.js";

/** An access token and until when it may be used. */
export interface AccessToken {
  readonly value: string;
  /** On the monotonic clock, in ms; already before the token's end by a margin. */
  readonly freshUntil: number;
}

/** Asks the token server. Rejects with `CredentialError`: refused, or unavailable. */
export type MintAccessToken = (saved: SavedIdentity, signal: AbortSignal) => Promise<AccessToken>;

export interface TokenCallDependencies {
  readonly http: HttpClient;
  readonly allowInsecureHttp: boolean;
  /** For the whole of it, retries included, in ms. */
  readonly timeoutMs: number;
  readonly delay: Delay;
  readonly random: () => number;
  readonly wallClock: () => number;
  readonly monotonicClock: () => number;
}

const waitsMs: readonly number[] = [500, 1000];
const defaultLifetimeSeconds = 300;
const longestMarginMs = 30_000;
/** A difference of clocks below this is no reason for a refusal. */
const leastSkewSeconds = 5;
const longestSkewSeconds = 86_400;

/** What the server answered, kept beside openid-client, whose errors quote the answer. */
interface Seen {
  readonly response: Response;
  readonly oauthError: string | undefined;
}

/** What came of one call, as the HTTP client saw it. Neither is set when no call was made. */
interface Trace {
  seen?: Seen;
  fault?: HttpError;
}

interface Target {
  readonly realmUrl: string;
  readonly location: string;
  readonly credentials: SavedCredentials;
  readonly key: SigningKey;
}

const unavailable = (code: string, detail: string): CredentialFailure => ({
  cause: "credentials-unavailable",
  code,
  detail,
});

/** The part of a token's life at its end in which it is not used any more: a fifth, at most 30 s. */
export function marginMs(lifetimeMs: number): number {
  return Math.min(longestMarginMs, lifetimeMs * 0.2);
}

async function targetOf(saved: SavedIdentity, allowInsecureHttp: boolean): Promise<Target> {
  const { credentials, privateKeyPem, location } = saved;
  if (privateKeyPem === undefined) {
    throw new CredentialError(
      unavailable(
        "KEY_MISSING",
        `The private key of the credentials in ${location} is missing: put it back, or remove that file to register anew.`,
      ),
    );
  }
  const realmUrl = credentials.realmUrl.trim().replace(/\/+$/, "");
  const url = parseHttpUrl(realmUrl);
  if (!url) {
    throw new CredentialError(
      unavailable("REALM_URL", `The realm URL in ${location} is not a valid HTTP(S) URL.`),
    );
  }
  if (!isSafeTarget(url, allowInsecureHttp)) {
    throw new CredentialError(
      unavailable(
        "INSECURE_HTTP",
        `The realm URL in ${location} is plain http and not on loopback: use https, or set credentials.allowInsecureHttp.`,
      ),
    );
  }
  try {
    return { realmUrl, location, credentials, key: await loadSigningKey(privateKeyPem) };
  } catch (error) {
    const code = error instanceof KeyError ? error.code : "KEY_UNREADABLE";
    const detail = error instanceof KeyError ? error.message : "The private key cannot be read.";
    throw new CredentialError(unavailable(code, `${detail} It belongs to the credentials in ${location}.`));
  }
}

/** The OAuth error code of an answer, for comparing only: it is a peer's text. */
async function oauthErrorOf(response: Response): Promise<string | undefined> {
  try {
    const body: unknown = await response.json();
    const error = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
    return typeof error === "string" ? error : undefined;
  } catch {
    return undefined;
  }
}

function configurationFor(target: Target, skewSeconds: number): Configuration {
  const { realmUrl, credentials, key: signing } = target;
  const server = { issuer: realmUrl, token_endpoint: `${realmUrl}/protocol/openid-connect/token` };
  const { key } = signing;
  const { kid } = credentials;
  const sign = PrivateKeyJwt(kid === undefined ? key : { key, kid }, {
    [modifyAssertion](header, payload) {
      header.typ = "JWT";
      payload.jti = randomUUID();
      delete payload.nbf;
    },
  });
  const configuration = new Configuration(server, credentials.clientId, { [clockSkew]: skewSeconds }, sign);
  // Plain http was decided on before; the time limit is that of the HTTP client.
  allowInsecureRequests(configuration);
  configuration.timeout = 0;
  return configuration;
}

const isClientRefusal = (seen: Seen) =>
  (seen.response.status === 400 || seen.response.status === 401) &&
  (seen.oauthError === "invalid_client" || seen.oauthError === "unauthorized_client");

function failureOf({ seen, fault }: Trace, location: string, wallClock: () => number): Step<never> {
  if (!seen) {
    if (fault)
      return {
        ok: false,
        retry: true,
        failure: unavailable(fault.code, "The token server cannot be reached."),
      };
    return {
      ok: false,
      retry: false,
      failure: unavailable("SIGNING", `The key of ${location} cannot sign.`),
    };
  }
  const { status, headers } = seen.response;
  if (isClientRefusal(seen)) {
    const code = seen.oauthError === "invalid_client" ? "invalid_client" : "unauthorized_client";
    const detail = `The token server refuses the saved client; to register anew, remove ${location}.`;
    return { ok: false, retry: false, failure: { cause: "credentials-refused", code, detail } };
  }
  if (seen.response.ok) {
    const failure = unavailable(
      "MALFORMED_RESPONSE",
      "The token server's answer has not the expected members.",
    );
    return { ok: false, retry: false, failure };
  }
  if (status >= 300 && status < 400) {
    const detail = "The token server answered with a redirect, which is never followed with a secret.";
    return { ok: false, retry: false, failure: unavailable("REDIRECT", detail) };
  }
  const pause = retryAfterMs(headers, wallClock);
  const failure = unavailable(`HTTP_${status}`, `The token server answered with status ${status}.`);
  return {
    ok: false,
    retry: status >= 500 || status === 429,
    failure: pause === undefined ? failure : { ...failure, retryAfterMs: pause },
  };
}

/** Makes the function that asks token servers. It remembers each server's clock, and no token. */
export function createTokenCall(deps: TokenCallDependencies): MintAccessToken {
  /** Seconds to add to our clock, by realm URL. */
  const skews = new Map<string, number>();

  async function grant(
    target: Target,
    signal: AbortSignal,
  ): Promise<{ step: Step<AccessToken>; trace: Trace }> {
    // openid-client signs by `Date.now`; the difference to our own clock goes on top of the learnt one.
    const ours = Math.round((deps.wallClock() - Date.now()) / 1000);
    const configuration = configurationFor(target, ours + (skews.get(target.realmUrl) ?? 0));
    const trace: Trace = {};
    configuration[customFetch] = async (url, { method, headers, body }) => {
      try {
        const response = await deps.http.fetch(url, { method, headers, body: String(body), signal });
        trace.seen = { response, oauthError: await oauthErrorOf(response.clone()) };
        return response;
      } catch (error) {
        trace.fault = error instanceof HttpError ? error : new HttpError("NETWORK");
        throw error;
      }
    };
    const startedAt = deps.monotonicClock();
    try {
      const granted = await clientCredentialsGrant(configuration);
      const lifetimeMs = (granted.expires_in ?? defaultLifetimeSeconds) * 1000;
      const freshUntil = startedAt + lifetimeMs - marginMs(lifetimeMs);
      return { step: { ok: true, value: { value: granted.access_token, freshUntil } }, trace };
    } catch {
      return { step: failureOf(trace, target.location, deps.wallClock), trace };
    }
  }

  /** Learns the server's clock from a refusal; false when it does not differ from what was assumed. */
  function learnSkew(realmUrl: string, seen: Seen | undefined): boolean {
    if (!seen || !isClientRefusal(seen)) return false;
    const theirs = Date.parse(seen.response.headers.get("date") ?? "");
    const skew = Math.round((theirs - deps.wallClock()) / 1000);
    if (!Number.isFinite(skew) || Math.abs(skew) > longestSkewSeconds) return false;
    if (Math.abs(skew - (skews.get(realmUrl) ?? 0)) < leastSkewSeconds) return false;
    skews.set(realmUrl, skew);
    return true;
  }

  async function attempt(target: Target, signal: AbortSignal): Promise<Step<AccessToken>> {
    const first = await grant(target, signal);
    return learnSkew(target.realmUrl, first.trace.seen) ? (await grant(target, signal)).step : first.step;
  }

  return async (saved, signal) => {
    const target = await targetOf(saved, deps.allowInsecureHttp);
    const limit = deadline(signal, deps.timeoutMs);
    try {
      const { delay, random } = deps;
      return await withRetries(() => attempt(target, limit.signal), {
        waitsMs,
        delay,
        random,
        signal: limit.signal,
      });
    } finally {
      limit.clear();
    }
  };
}

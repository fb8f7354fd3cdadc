/**
 * The token call: a client's id and its key become an access token (docs/protocol.md, "Access tokens"), by
 * openid-client with a signed assertion, fresh for each call. Tries once; keeps the servers' clocks and no token.
 */
import { randomUUID } from "node:crypto";
import type * as OpenIdClient from "openid-client";
import { clockDifference, setTheClock } from "../clock-difference.js";
import { defaultLifetimeSeconds } from "../protocol/defaults.js";
import { Secret } from "../secret.js";
import { isAllowedRealm, isSafeTarget, parseHttpUrl } from "./callback-base.js";
import { CredentialError, type CredentialFailure } from "./credentials.js";
import { becauseOf, type HttpClient, HttpError, pauseAskedMs } from "./http.js";
import { isKept } from "./kept-bounds.js";
import { KeyError, loadSigningKey, type SigningKey } from "./keys.js";
import type { SavedCredentials, SavedIdentity } from "./store.js";

/** An access token and until when it may be used. Times on the monotonic clock, in ms. */
export interface AccessToken {
  readonly value: Secret;
  /** Already before the token's end by a margin. */
  readonly freshUntil: number;
  /** From here on the next one is asked for ahead of time. */
  readonly renewFrom: number;
}

/** What signs in at a token server. */
export interface SigningIdentity extends SavedIdentity {
  readonly kind: "saved" | "mounted-key";
}

/** Asks the token server once. Rejects with `CredentialError`: refused, or unavailable. */
export type MintAccessToken = (identity: SigningIdentity, signal: AbortSignal) => Promise<AccessToken>;

export interface TokenCallDependencies {
  readonly http: HttpClient;
  readonly allowInsecureHttp: boolean;
  /** The only realms that are asked. Undefined: any. */
  readonly allowedRealms?: readonly URL[] | undefined;
  readonly wallClock: () => number;
  readonly monotonicClock: () => number;
}

const longestMarginMs = 30_000;
const longestLeadMs = 60_000;
/** A difference of clocks below this is no reason for a refusal. */
const leastSkewSeconds = 5;
/** A larger one is told, but not gone by: a peer's header must not date assertions years ahead. */
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
  readonly identity: SigningIdentity;
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

/** The part of its life before that in which the next one is asked for: a fifth, at most a minute. */
export function leadMs(lifetimeMs: number): number {
  return Math.min(longestLeadMs, lifetimeMs * 0.2);
}

function tokenOf(value: Secret, lifetimeMs: number, startedAt: number): AccessToken {
  const freshUntil = startedAt + lifetimeMs - marginMs(lifetimeMs);
  return { value, freshUntil, renewFrom: freshUntil - leadMs(lifetimeMs) };
}

/** What a person can do about a key or a client that does not serve. */
const remedies = {
  saved: {
    key: (location: string) =>
      `The private key of the credentials in ${location} is missing: put it back, or remove that file to register anew.`,
    refused: (location: string) =>
      `The token server refuses the saved client; to register anew, remove ${location}.`,
  },
  "mounted-key": {
    key: (location: string) => `There is no key at ${location}: mount it, or set STRIKE48_PRIVATE_KEY_PATH.`,
    refused: (location: string) =>
      `The token server refuses the client of the mounted key ${location}: check STRIKE48_CLIENT_ID, and that this key is registered for it.`,
  },
} as const;

async function targetOf(
  identity: SigningIdentity,
  { allowInsecureHttp, allowedRealms }: TokenCallDependencies,
): Promise<Target> {
  const { credentials, privateKeyPem, location, kind } = identity;
  if (privateKeyPem === undefined)
    throw new CredentialError(unavailable("KEY_MISSING", remedies[kind].key(location)));
  const realmUrl = credentials.realmUrl.trim().replace(/\/+$/, "");
  const url = parseHttpUrl(realmUrl);
  if (!url) {
    throw new CredentialError(
      unavailable("REALM_URL", `The realm URL of ${location} is not a valid HTTP(S) URL.`),
    );
  }
  if (!isSafeTarget(url, allowInsecureHttp)) {
    throw new CredentialError(
      unavailable(
        "INSECURE_HTTP",
        `The realm URL of ${location} is plain http and not on loopback: use https, or set credentials.allowInsecureHttp.`,
      ),
    );
  }
  if (allowedRealms && !isAllowedRealm(url, allowedRealms)) {
    const detail = `The realm URL of ${location} is not in credentials.allowedRealms: nothing was sent there.`;
    throw new CredentialError(unavailable("FOREIGN_REALM", detail));
  }
  try {
    return { realmUrl, identity, credentials, key: await loadSigningKey(privateKeyPem) };
  } catch (error) {
    const code = error instanceof KeyError ? error.code : "KEY_UNREADABLE";
    const detail = error instanceof KeyError ? error.message : "The private key cannot be read.";
    throw new CredentialError(unavailable(code, `${detail} It belongs to ${location}.`));
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

function configurationFor(
  openId: typeof OpenIdClient,
  target: Target,
  skewSeconds: number,
): OpenIdClient.Configuration {
  const { realmUrl, credentials, key: signing } = target;
  const server = { issuer: realmUrl, token_endpoint: `${realmUrl}/protocol/openid-connect/token` };
  const { key } = signing;
  const { kid } = credentials;
  const sign = openId.PrivateKeyJwt(kid === undefined ? key : { key, kid }, {
    [openId.modifyAssertion](header, payload) {
      header.typ = "JWT";
      payload.jti = randomUUID();
      delete payload.nbf;
    },
  });
  const metadata = { [openId.clockSkew]: skewSeconds };
  const configuration = new openId.Configuration(server, credentials.clientId, metadata, sign);
  // Plain http was decided on before; the time limit is that of the HTTP client.
  openId.allowInsecureRequests(configuration);
  configuration.timeout = 0;
  return configuration;
}

const isClientRefusal = (seen: Seen) =>
  (seen.response.status === 400 || seen.response.status === 401) &&
  (seen.oauthError === "invalid_client" || seen.oauthError === "unauthorized_client");

function failureOf({ seen, fault }: Trace, { identity, realmUrl }: Target, wallClock: () => number) {
  // Its path is a peer's text, and says no more about who does not answer.
  const server = `The token server ${new URL(realmUrl).origin}`;
  if (!seen) {
    if (!fault) return unavailable("SIGNING", `The key of ${identity.location} cannot sign.`);
    return { ...unavailable(fault.code, `${server} cannot be reached${becauseOf(fault)}.`), again: true };
  }
  const { status, headers } = seen.response;
  if (isClientRefusal(seen)) {
    const code = seen.oauthError === "invalid_client" ? "invalid_client" : "unauthorized_client";
    const detail = remedies[identity.kind].refused(identity.location);
    return { cause: "credentials-refused", code, detail } as const;
  }
  if (seen.response.ok)
    return unavailable("MALFORMED_RESPONSE", `${server} answered without the expected members.`);
  if (status >= 300 && status < 400) {
    const detail = `${server} answered with a redirect, which is never followed with a secret.`;
    return unavailable("REDIRECT", detail);
  }
  const pause = pauseAskedMs(headers, wallClock);
  return {
    ...unavailable(`HTTP_${status}`, `${server} answered with status ${status}.`),
    ...(pause === undefined ? {} : { retryAfterMs: pause }),
    again: status >= 500 || status === 429,
  };
}

/** Makes the function that asks token servers. It remembers each server's clock, and no token. */
export function createTokenCall(deps: TokenCallDependencies): MintAccessToken {
  /** Seconds to add to our clock, by realm URL. */
  const skews = new Map<string, number>();

  /** A refusal while the clocks differ: the assertion may be refused for its times alone. Undefined when they agree. */
  function clockFailure(realmUrl: string, seen: Seen | undefined): CredentialFailure | undefined {
    if (!seen || !isClientRefusal(seen)) return undefined;
    const ours = deps.wallClock();
    const theirs = Date.parse(seen.response.headers.get("date") ?? "");
    const skew = Math.round((theirs - ours) / 1000);
    if (!Number.isFinite(skew) || Math.abs(skew) < leastSkewSeconds) return undefined;
    const isNew = Math.abs(skew - (skews.get(realmUrl) ?? 0)) >= leastSkewSeconds;
    const again = isNew && Math.abs(skew) <= longestSkewSeconds;
    if (again) skews.set(realmUrl, skew);
    const outcome = again
      ? " The next assertion goes by its clock."
      : isNew
        ? ""
        : " It refuses an assertion by its own clock as well: whether the client is at fault shows when the clocks agree.";
    const detail = `${clockDifference(ours, theirs, "token server")}${outcome} ${setTheClock}`;
    return { ...unavailable("CLOCK_SKEW", detail), again };
  }

  const failure = (target: Target, trace: Trace): CredentialFailure =>
    clockFailure(target.realmUrl, trace.seen) ?? failureOf(trace, target, deps.wallClock);

  return async (identity, signal) => {
    const target = await targetOf(identity, deps);
    // Loaded with the first token that is asked for: a process without saved credentials starts 30 ms sooner.
    const openId = await import("openid-client");
    // openid-client signs by `Date.now`; the difference to our own clock goes on top of the learnt one.
    const ours = Math.round((deps.wallClock() - Date.now()) / 1000);
    const configuration = configurationFor(openId, target, ours + (skews.get(target.realmUrl) ?? 0));
    const trace: Trace = {};
    configuration[openId.customFetch] = async (url, { method, headers, body }) => {
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
      const granted = await openId.clientCredentialsGrant(configuration);
      if (!isKept("accessToken", granted.access_token)) throw new Error("The token is too long to be kept.");
      const lifetimeMs = (granted.expires_in ?? defaultLifetimeSeconds) * 1000;
      return tokenOf(new Secret(granted.access_token), lifetimeMs, startedAt);
    } catch {
      throw new CredentialError(failure(target, trace));
    }
  };
}

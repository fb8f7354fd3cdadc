/** openid-client for a public client of a gateway: its settings, and one place that turns its errors into ours. */
import {
  allowInsecureRequests,
  ClientError,
  Configuration,
  customFetch,
  None,
  ResponseBodyError,
  type TokenEndpointResponse,
} from "openid-client";
import { clockDifference, setTheClock } from "../clock-difference.js";
import { becauseOf, type HttpClient, HttpError } from "../credentials/http.js";
import { defaultLifetimeSeconds } from "../protocol/defaults.js";
import { Secret } from "../secret.js";
import { SignInError } from "./errors.js";
import type { OidcConfig } from "./oidc-config.js";

/** Errors of RFC 6749, 6750 and OpenID Connect; other texts of a peer are not repeated. */
const knownErrors: ReadonlySet<string> = new Set([
  "access_denied",
  "consent_required",
  "interaction_required",
  "invalid_client",
  "invalid_grant",
  "invalid_request",
  "invalid_scope",
  "login_required",
  "server_error",
  "temporarily_unavailable",
  "unauthorized_client",
  "unsupported_response_type",
]);

/** The error's code when it is a known one. */
export const oauthError = (text: string): string => (knownErrors.has(text) ? text : "an unknown error");

export function oauthConfiguration(config: OidcConfig, http: HttpClient): Configuration {
  const server = {
    issuer: config.issuer,
    authorization_endpoint: config.authorizationEndpoint,
    token_endpoint: config.tokenEndpoint,
    ...(config.userinfoEndpoint === undefined ? {} : { userinfo_endpoint: config.userinfoEndpoint }),
    ...(config.revocationEndpoint === undefined ? {} : { revocation_endpoint: config.revocationEndpoint }),
    // The identity token comes straight from the token endpoint: its claims are checked, and it is not kept.
    id_token_signing_alg_values_supported: ["ES256", "ES384", "RS256", "PS256", "EdDSA", "Ed25519"],
  };
  const configuration = new Configuration(server, config.clientId, {}, None());
  // Plain http was decided on when the config was read; the time limit is that of the HTTP client.
  allowInsecureRequests(configuration);
  configuration.timeout = 0;
  configuration[customFetch] = (url, { method, headers, body }) =>
    http.fetch(url, { method, headers, body: body === undefined || body === null ? "" : String(body) });
  return configuration;
}

/** The clocks by which a token that has just been made is over, or not in force yet; undefined for other errors. */
function clockFailure(error: unknown, doing: string): SignInError | undefined {
  if (!(error instanceof ClientError) || error.code !== "OAUTH_JWT_TIMESTAMP_CHECK_FAILED") return undefined;
  const { now, claims } = Object(Object(error.cause).cause) as {
    readonly now?: unknown;
    readonly claims?: unknown;
  };
  const { iat } = Object(claims) as { readonly iat?: unknown };
  if (typeof now !== "number" || typeof iat !== "number") return undefined;
  const clocks = clockDifference(now * 1_000, iat * 1_000, "token server");
  return new SignInError("CLOCK_SKEW", `The sign-in failed while ${doing}. ${clocks} ${setTheClock}`);
}

/** What an error of openid-client means; `doing` completes "… failed while". */
export function signInError(error: unknown, doing: string): SignInError {
  if (error instanceof SignInError) return error;
  if (error instanceof ResponseBodyError) {
    const code = oauthError(error.error);
    return new SignInError("DENIED", `The token server refused (${code}) while ${doing}.`);
  }
  const answer = error instanceof Error && error.cause instanceof Response ? error.cause : undefined;
  if (answer && (answer.status >= 500 || answer.status === 429))
    return new SignInError(
      "UNREACHABLE",
      `The token server answered with status ${answer.status} while ${doing}: try again later.`,
    );
  const clocks = clockFailure(error, doing);
  if (clocks) return clocks;
  const fault = error instanceof Error && !(error instanceof HttpError) ? error.cause : error;
  if (fault instanceof HttpError) {
    if (fault.proxyFault !== undefined)
      return new SignInError(
        "UNREACHABLE",
        `The token server cannot be reached while ${doing}${becauseOf(fault)}.`,
      );
    const why = becauseOf(fault);
    const what = `The token server cannot be reached${why}${why ? "," : ""} while ${doing}.`;
    return new SignInError("UNREACHABLE", what);
  }
  return new SignInError("UNTRUSTED", `The token server's answer failed its checks while ${doing}.`);
}

/** The tokens of a sign-in, as they are kept. */
export interface TokenSet {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  /** In ms since 1970. */
  readonly expiresAt: number;
}

/** Keeps the old refresh token when the answer brings none. */
export function tokenSet(answer: TokenEndpointResponse, now: number, before?: TokenSet): TokenSet {
  return {
    accessToken: new Secret(answer.access_token),
    refreshToken:
      answer.refresh_token === undefined ? before?.refreshToken : new Secret(answer.refresh_token),
    expiresAt: now + (answer.expires_in ?? defaultLifetimeSeconds) * 1_000,
  };
}

/**
 * Signs a person in: authorization code with PKCE in their browser, from the gateway's `oidc_config`
 * (docs/protocol.md, "Signing in"), with the checks that the way back needs.
 */
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from "openid-client";
import type { HttpClient } from "../credentials/http.js";
import { defaultSignInMs } from "../protocol/defaults.js";
import { isSameSecret } from "../same-secret.js";
import { startCallbackServer, type Verdict } from "./callback-server.js";
import { SignInError } from "./errors.js";
import { oauthConfiguration, oauthError, signInError, tokenSet } from "./oauth.js";
import { fetchOidcConfig, type OidcConfig } from "./oidc-config.js";
import type { SavedSignIn, TokenFile } from "./token-file.js";

export interface SignInOptions {
  /** Base of the gateway's HTTP API. */
  readonly gatewayUrl: string;
  readonly http: HttpClient;
  readonly file: TokenFile;
  /** Brings the person to this address; called once the way back is open. */
  readonly visit: (authorizationUrl: string) => Promise<void>;
  /** How long the person may take, in ms. Default 300,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Default `Date.now`. */
  readonly now?: () => number;
}

interface Checks {
  readonly pkceCodeVerifier: string;
  readonly expectedState: string;
  readonly expectedNonce: string;
}

/** Whether a visit belongs to this sign-in; throws when it does and says no, or cannot be trusted. */
function isOurs(answer: URLSearchParams, state: string, issuer: string): boolean {
  const states = answer.getAll("state");
  if (states.length !== 1 || !isSameSecret(states[0] ?? "", state)) return false;
  const issuers = answer.getAll("iss");
  if (issuers.some((one) => one !== issuer))
    throw new SignInError("UNTRUSTED", "The browser came back from another server than the gateway's.");
  const error = answer.get("error");
  if (error !== null) throw new SignInError("DENIED", `The sign-in was refused (${oauthError(error)}).`);
  if (answer.getAll("code").length !== 1)
    throw new SignInError("UNTRUSTED", "The browser came back without a code.");
  return true;
}

async function authorizationUrl(
  configuration: Configuration,
  config: OidcConfig,
  redirectUri: string,
  checks: Checks,
): Promise<string> {
  const scope = config.scopes.join(" ");
  const url = buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    code_challenge: await calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    ...(scope === "" ? {} : { scope }),
    ...(config.scopes.includes("openid") ? { nonce: checks.expectedNonce } : {}),
    // A refresh token is given only with the person's consent (OpenID Connect Core §11).
    ...(config.scopes.includes("offline_access") ? { prompt: "consent" } : {}),
  });
  return url.href;
}

async function redeem(
  configuration: Configuration,
  visit: URL,
  checks: Checks,
  withIdToken: boolean,
): Promise<Awaited<ReturnType<typeof authorizationCodeGrant>>> {
  const { expectedNonce, ...others } = checks;
  const expected = withIdToken ? { ...others, expectedNonce, idTokenExpected: true } : others;
  try {
    return await authorizationCodeGrant(configuration, visit, expected);
  } catch (error) {
    throw signInError(error, "the code was exchanged");
  }
}

/** Signs in and keeps the tokens. Rejects with {@link SignInError}; nothing is kept then. */
export async function signIn(options: SignInOptions): Promise<SavedSignIn> {
  const { gatewayUrl, http, file, visit, timeoutMs = defaultSignInMs, now = Date.now } = options;
  const config = await fetchOidcConfig(gatewayUrl, http);
  const configuration = oauthConfiguration(config, http);
  const checks: Checks = {
    pkceCodeVerifier: randomPKCECodeVerifier(),
    expectedState: randomState(),
    expectedNonce: randomNonce(),
  };
  const judge = async (answer: URL): Promise<Verdict<SavedSignIn>> => {
    if (!isOurs(answer.searchParams, checks.expectedState, config.issuer)) return { foreign: true };
    const granted = await redeem(configuration, answer, checks, config.scopes.includes("openid"));
    const saved: SavedSignIn = {
      gatewayUrl,
      subject: granted.claims()?.sub ?? "",
      config,
      tokens: tokenSet(granted, now()),
    };
    await file.write(saved);
    return { foreign: false, value: saved };
  };
  const callback = await startCallbackServer();
  // Ends the waiting, too, when the person cannot be brought to the address.
  const ending = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ending.signal]) : ending.signal;
  try {
    const url = await authorizationUrl(configuration, config, callback.redirectUri, checks);
    const answered = callback.wait(judge, timeoutMs, signal);
    const [saved] = await Promise.all([answered, visit(url)]);
    return saved;
  } finally {
    ending.abort();
    await callback.close();
  }
}

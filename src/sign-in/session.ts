/** What a saved sign-in is good for: a fresh access token, who it belongs to, and its end. */
import { fetchUserInfo, refreshTokenGrant, skipSubjectCheck, tokenRevocation } from "openid-client";
import type { HttpClient } from "../credentials/http.js";
import { SignInError } from "./errors.js";
import { oauthConfiguration, signInError, tokenSet } from "./oauth.js";
import type { SavedSignIn, TokenFile } from "./token-file.js";

export interface SessionOptions {
  readonly file: TokenFile;
  readonly http: HttpClient;
  /** Default `Date.now`. */
  readonly now?: () => number;
}

/** A token with less time left is not used any more. */
const marginMs = 30_000;

async function saved({ file }: SessionOptions): Promise<SavedSignIn> {
  const found = await file.read();
  if (found) return found;
  throw new SignInError("SIGNED_OUT", 'Nobody is signed in here: run "mooring login".');
}

/** The saved sign-in with an access token that lasts; refreshed and saved again when needed. Rejects with {@link SignInError}. */
export async function freshSignIn(options: SessionOptions): Promise<SavedSignIn> {
  const { file, http, now = Date.now } = options;
  const found = await saved(options);
  if (found.tokens.expiresAt - now() > marginMs) return found;
  const { refreshToken } = found.tokens;
  if (refreshToken === undefined)
    throw new SignInError("SIGNED_OUT", 'The sign-in has expired: run "mooring login" again.');
  try {
    const answer = await refreshTokenGrant(oauthConfiguration(found.config, http), refreshToken.reveal());
    const renewed = { ...found, tokens: tokenSet(answer, now(), found.tokens) };
    await file.write(renewed);
    return renewed;
  } catch (error) {
    const failure = signInError(error, "the sign-in was renewed");
    if (failure.code !== "DENIED") throw failure;
    throw new SignInError("SIGNED_OUT", `${failure.message} Run "mooring login" again.`);
  }
}

/** The person as the token server knows them now. */
export interface Person {
  readonly subject: string;
  readonly gatewayUrl: string;
  readonly issuer: string;
  /** In ms since 1970. */
  readonly accessTokenExpiresAt: number;
  /** Whether it can be renewed without the person. */
  readonly renewable: boolean;
}

/** Asks the token server. Rejects with {@link SignInError}. */
export async function whoAmI(options: SessionOptions): Promise<Person> {
  const { config, gatewayUrl, subject, tokens } = await freshSignIn(options);
  if (config.userinfoEndpoint !== undefined) {
    try {
      const expected = subject === "" ? skipSubjectCheck : subject;
      await fetchUserInfo(oauthConfiguration(config, options.http), tokens.accessToken.reveal(), expected);
    } catch (error) {
      const failure = signInError(error, "it was asked who is signed in");
      if (failure.code === "UNREACHABLE") throw failure;
      throw new SignInError(
        "SIGNED_OUT",
        'The token server does not take the sign-in any more: run "mooring login" again.',
      );
    }
  }
  return {
    subject,
    gatewayUrl,
    issuer: config.issuer,
    accessTokenExpiresAt: tokens.expiresAt,
    renewable: tokens.refreshToken !== undefined,
  };
}

/** What became of a sign-out. The saved tokens are gone in every case. */
export interface SignedOut {
  /** False when nobody was signed in. */
  readonly wasSignedIn: boolean;
  /** Whether the token server took the tokens back, refused or could not be reached, or has no way to. */
  readonly revocation: "done" | "failed" | "not offered";
}

/** Revokes where that is offered, and deletes. A damaged file is deleted, too. Rejects only when deleting fails. */
export async function signOut({ file, http }: SessionOptions): Promise<SignedOut> {
  const found = await file.read().catch(() => undefined);
  const wasSignedIn = await file.delete();
  if (!found?.config.revocationEndpoint) return { wasSignedIn, revocation: "not offered" };
  const { accessToken, refreshToken } = found.tokens;
  const configuration = oauthConfiguration(found.config, http);
  try {
    // First the one that lasts.
    if (refreshToken !== undefined)
      await tokenRevocation(configuration, refreshToken.reveal(), { token_type_hint: "refresh_token" });
    await tokenRevocation(configuration, accessToken.reveal(), { token_type_hint: "access_token" });
    return { wasSignedIn, revocation: "done" };
  } catch {
    return { wasSignedIn, revocation: "failed" };
  }
}

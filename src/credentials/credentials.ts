/**
 * The face of `src/credentials` to the rest: who is this registration, with which tokens may it register,
 * and how does a one-time token become credentials. Secrets stay on this side: callers that talk to
 * machines pass on only ids and booleans.
 */
import type { Identity } from "../protocol/identity.js";

/** Where a token came from, as `status().credentialSource` shows it. */
export type TokenSource = "explicit" | "saved" | "session" | "anonymous";

/** The tokens for one register request. Empty string = none, as on the wire. */
export interface RegisterTokens {
  readonly jwt: string;
  readonly sessionToken: string;
  readonly source: TokenSource;
}

/** Why a credential step failed: facts, no secrets, no text of a peer. */
export interface CredentialFailure {
  readonly cause:
    | "credentials-unavailable" // token server, API or store out of reach
    | "credentials-refused" // the token server refuses this identity
    | "credentials-exchange-failed"
    | "one-time-token-consumed";
  readonly code?: string;
  readonly detail?: string;
  readonly retryAfterMs?: number;
}

export class CredentialError extends Error {
  readonly failure: CredentialFailure;
  constructor(failure: CredentialFailure, options?: ErrorOptions) {
    super(failure.detail ?? failure.cause, options);
    this.name = "CredentialError";
    this.failure = failure;
  }
}

/** What `credentials_issued` brought; the session deposits it and the machine sees the id only. */
export interface CredentialOffer {
  readonly oneTimeToken: string;
  readonly registerUrl: string;
  readonly apiUrl: string;
}

/** The credentials of one registration. */
export interface RegistrationCredentials {
  /**
   * Tokens for the next register request: explicit token, else a minted access token from saved
   * credentials (cached while fresh), else an unexpired session token alone, else anonymous.
   * Joins a running exchange of the same identity first.
   * Rejects with {@link CredentialError}; never falls back to anonymous when an identity is saved.
   */
  tokens(signal: AbortSignal): Promise<RegisterTokens>;
  /** A non-empty token of an accepted register response. An empty one keeps the old. */
  keepSessionToken(token: string): void;
  /** Two rejections in a row: forget the session token and the cached access token. */
  renew(): void;
  /** Takes a one-time token into custody and returns an opaque id for it. */
  deposit(offer: CredentialOffer): string;
  /**
   * Key pair (on disk before the call) → one-time-token registration → saved → access token. Single flight
   * per identity; aborting the signal only unsubscribes. Rejects with {@link CredentialError}.
   */
  exchange(offerId: string, signal: AbortSignal): Promise<TokenSource>;
}

export interface CredentialsOptions {
  /** `authority` and TLS of the transport in use, for the callback base (`protocol/authentication.md` §6.3). */
  readonly dialled: { readonly authority: string; readonly tls: boolean };
  /** Time limit for each HTTP call in ms; 3 × connect timeout. */
  readonly stepTimeoutMs: number;
}

export interface Credentials {
  for(identity: Identity, explicitToken: string | undefined): RegistrationCredentials;
  /** Waits until answers already received are saved. */
  close(): Promise<void>;
}

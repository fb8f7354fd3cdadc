/**
 * The face of `src/credentials` to the rest: who is this registration, with which tokens may it register,
 * and how does a one-time token become credentials. Secrets stay on this side: callers that talk to
 * machines pass on only ids and booleans.
 */
import type { Cancellable } from "../cancellation.js";
import type { Endpoint } from "../protocol/endpoint.js";
import type { Identity } from "../protocol/identity.js";
import type { Secret } from "../secret.js";

/** Where a token came from, as `status().credentialSource` shows it. docs/credentials.md has the order. */
export type TokenSource =
  | "explicit"
  | "mounted-key"
  | "saved"
  | "one-time-token"
  | "environment"
  | "session"
  | "anonymous";

/** The tokens for one register request. Empty = none, as on the wire. */
export interface RegisterTokens {
  readonly jwt: Secret;
  readonly sessionToken: Secret;
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
  /** The same call may end better. */
  readonly again?: boolean;
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
  readonly oneTimeToken: Secret;
  readonly registerUrl: string;
  readonly apiUrl: string;
}

/** What there is, and the step that makes a token of it. */
export interface Found {
  readonly source: TokenSource;
  readonly next: "use" | "registerKey" | "mint";
}

/** How long a token is good, from now, in ms. */
export interface Minted {
  readonly renewInMs: number;
  readonly freshForMs: number;
}

/** Takes the secrets that a stream brings. */
export interface SecretKeeper {
  /** A non-empty token of an accepted register response. An empty one, and one beyond its bound, keeps the old. */
  keepSessionToken(token: Secret): void;
  /** The gateway has approved what was registered with. */
  recognized(): void;
  /** The register request with it was too large to be sent or taken. */
  dropSessionToken(): void;
  /** Takes a one-time token into custody and returns an opaque id for it. */
  deposit(offer: CredentialOffer): string;
}

/**
 * The credentials of one registration, step by step. Each step is one call, made once: whoever leads decides
 * about further tries. Calls are shared by all who want the same at the same time; aborting the signal only stops
 * the waiting. All reject with {@link CredentialError}.
 */
export interface RegistrationCredentials extends SecretKeeper {
  /**
   * Whether the next register request needs no step: there is a given token, or nothing at all. Looks like `find`:
   * with true, its tokens are there to take; with false, the next `find` starts from what was seen, if anything was.
   * A promise only where a store or a file has to be read; it rejects only when the signal is aborted.
   */
  isAtHand(signal: Cancellable): boolean | Promise<boolean>;
  /** Waits for a registration of the key that is on its way, then looks for what there is, in the order of sources. */
  find(
    how: { readonly offerId: string | null; readonly renew: boolean },
    signal: AbortSignal,
  ): Promise<Found>;
  /** Key pair (kept before the call) and one-time token become credentials, which are kept. */
  registerKey(offerId: string | null, signal: AbortSignal): Promise<void>;
  /** Gets an access token into memory, unless one that does is there. */
  mint(how: { readonly ahead: boolean; readonly isNewClient: boolean }, signal: AbortSignal): Promise<Minted>;
  /**
   * Tokens for a register request now. Throws {@link CredentialError} when a token has to be minted first; never
   * anonymous once there is an identity.
   */
  take(): RegisterTokens;
  /** Why received credentials are in memory alone, by the system's code; null when they are not. */
  readonly unsavedCode: string | null;
  /** The file or folder that could not be written; null where nobody has said. */
  readonly unsavedPath: string | null;
  /** The gateway whose saved credentials there are while there are none of this one, by its API's base; null: no such. */
  readonly otherGateway: string | null;
}

export interface CredentialsOptions {
  /** `authority` and TLS of the transport in use, for the callback base (docs/protocol.md, "Callback base"). */
  readonly dialled: {
    readonly authority: string;
    readonly tls: boolean;
    /** Default: gRPC. */
    readonly transport?: Endpoint["transport"];
  };
  /** Time limit for each HTTP call in ms; 3 × connect timeout. */
  readonly stepTimeoutMs: number;
}

export interface CredentialService {
  /** Throws INVALID_CONFIG when the source it would use is half configured. */
  for(identity: Identity, explicitToken: Secret | undefined): RegistrationCredentials;
  /** Waits until answers already received are saved. */
  close(): Promise<void>;
}

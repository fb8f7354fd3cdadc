/** The types of the credentials machine: input, context and how it ends. */
import type { Failure } from "../failure.js";
import type { RegistrationPolicy } from "../policy.js";
import type { CredentialSource, StepOutcome } from "../ports.js";

/** What a credentials machine starts with. */
export interface CredentialsInput {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** The numbers it lives by. */
  readonly policy: RegistrationPolicy;
  /** Jitter, in [0, 1). */
  readonly random: () => number;
  /** A one-time token that the gateway issued, by its opaque id. */
  readonly offerId: string | null;
  /** Two rejections in a row: what was refused is forgotten first. */
  readonly renew: boolean;
}

export interface CredentialsContext extends CredentialsInput {
  readonly source: CredentialSource;
  /** The client was made in this life: the token server may not know it everywhere yet. */
  readonly isNewClient: boolean;
  /** Failed tries of the step at hand. */
  readonly tries: number;
  /** Times that a step was given up since there last was a token. */
  readonly rounds: number;
  /** The wait at hand, in ms. */
  readonly delayMs: number;
  readonly renewInMs: number;
  /** Why the last step failed; null once there is a token. */
  readonly failure: Failure | null;
}

/** It has no events of its own: a life that is of no more use is stopped, and another one started. */
export type CredentialsEvents = { readonly type: "none" };

/** An outcome as a guard or an action takes it. */
export interface StepParams {
  readonly outcome: StepOutcome<unknown>;
}

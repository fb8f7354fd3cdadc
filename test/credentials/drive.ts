/**
 * Leads one registration's credentials as the registration does: by the credentials machine, over the real ports.
 * Waits take no time: each is noted, and over at once.
 */
import { createActor, setup } from "xstate";
import { type CredentialsEvent, credentialsMachine, defaultPolicy } from "../../machines/index.js";
import { credentialPorts } from "../../src/actors/credentials.js";
import type { RegistrationServices } from "../../src/actors/services.js";
import {
  CredentialError,
  type CredentialOffer,
  type RegisterTokens,
  type RegistrationCredentials,
  type TokenSource,
} from "../../src/credentials/credentials.js";
import type { Secret } from "../../src/secret.js";
import { StepClock } from "../machines/clock.js";

export interface DriveOptions {
  /** Waits between tries, as they come. */
  readonly waits: number[];
  readonly random: () => number;
}

type Told = (event: CredentialsEvent) => void;

function machineOver(steps: RegistrationCredentials) {
  const services = { credentials: steps } as RegistrationServices; // the ports use nothing else
  const credentials = credentialsMachine.provide({
    actors: credentialPorts({ registration: () => services }),
  });
  return setup({
    types: { input: {} as { offerId: string | null; renew: boolean; random: () => number; told: Told } },
    actors: { credentials },
  }).createMachine({
    context: ({ input }) => input,
    invoke: {
      src: "credentials",
      id: "credentials",
      input: ({ context: { offerId, renew, random } }) => ({
        key: "",
        policy: defaultPolicy,
        random,
        offerId,
        renew,
      }),
    },
    on: {
      // The machine's events, and no others.
      "credentials.*": {
        actions: ({ context, event }) => (context as { told: Told }).told(event as CredentialsEvent),
      },
    },
  });
}

/** Resolves or rejects with the first thing that the machine says for good. */
function lead(
  steps: RegistrationCredentials,
  how: { readonly offerId: string | null; readonly renew: boolean },
  { waits, random }: DriveOptions,
  signal: AbortSignal,
): Promise<TokenSource> {
  return new Promise((resolve, reject) => {
    const clock = new StepClock();
    const told: Told = (event) => {
      if (event.type === "credentials.retrying") return;
      queueMicrotask(() => root.stop());
      signal.removeEventListener("abort", leave);
      if (event.type === "credentials.ready") resolve(event.source);
      else {
        const { kind: _, ...failure } = event.failure;
        reject(new CredentialError(failure as CredentialError["failure"])); // causes of credentials only
      }
    };
    const leave = () => {
      root.stop();
      reject(new CredentialError({ cause: "credentials-unavailable", code: "ABORTED" }));
    };
    const root = createActor(machineOver(steps), { clock, input: { ...how, random, told } });
    root.start();
    root.getSnapshot().children.credentials?.subscribe(({ value, context }) => {
      if (typeof value !== "object" || !JSON.stringify(value).includes("waiting")) return;
      waits.push(context.delayMs);
      queueMicrotask(() => clock.increment(context.delayMs));
    });
    signal.addEventListener("abort", leave, { once: true });
  });
}

/** One registration's credentials, led by the machine. */
export class Driven {
  /** The single steps. */
  readonly steps: RegistrationCredentials;
  readonly #options: DriveOptions;
  #renew = false;

  constructor(steps: RegistrationCredentials, options: DriveOptions) {
    this.steps = steps;
    this.#options = options;
  }

  /** As a registration that connects: without an access token, a session token may do. */
  async tokens(signal: AbortSignal): Promise<RegisterTokens> {
    const renew = this.#renew;
    this.#renew = false;
    try {
      await lead(this.steps, { offerId: null, renew }, this.#options, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      return this.steps.take();
    }
    return this.steps.take();
  }

  exchange(offerId: string, signal: AbortSignal): Promise<TokenSource> {
    return lead(this.steps, { offerId, renew: false }, this.#options, signal);
  }

  /** Two rejections in a row: the next tokens are new ones. */
  renew(): void {
    this.#renew = true;
  }

  recognized(): void {
    this.steps.recognized();
  }

  keepSessionToken(token: Secret): void {
    this.steps.keepSessionToken(token);
  }

  dropSessionToken(): void {
    this.steps.dropSessionToken();
  }

  deposit(offer: CredentialOffer): string {
    return this.steps.deposit(offer);
  }
}

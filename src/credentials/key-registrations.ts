/**
 * Registers keys for one-time tokens: key → register call → saved, one call per identity at a time. Whoever waits
 * may leave; the call goes on, and an answer that was received is always kept.
 */
import { setMaxListeners } from "node:events";
import type { Logger } from "../logger.js";
import { type Identity, registrationKey } from "../protocol/identity.js";
import { type CallbackBase, registerTarget, resolveCallbackBase } from "./callback-base.js";
import { CredentialError, type CredentialOffer } from "./credentials.js";
import type { HttpClient } from "./http.js";
import { keyPairFor } from "./key-pair.js";
import { registerKey } from "./register-call.js";
import type { SavedIdentities } from "./saved-identities.js";
import type { CredentialStore, StoreLock } from "./store.js";
import { storeFailure } from "./store-failure.js";

export interface KeyRegistrationDependencies {
  readonly apiUrl: string | undefined;
  readonly dialled: { readonly authority: string; readonly tls: boolean };
  readonly allowInsecureHttp: boolean;
  readonly store: CredentialStore;
  readonly saved: SavedIdentities;
  readonly http: HttpClient;
  readonly wallClock: () => number;
  readonly logger: Logger;
}

export interface KeyRegistration {
  readonly identity: Identity;
  readonly offer: CredentialOffer;
  /** The credentials are kept; the one-time token is of no more use. */
  readonly onRegistered: () => void;
}

/** How long a register call that is on its way may still be answered when everything closes, in ms. */
const closeGraceMs = 2_000;

const logBase = (logger: Logger, registration: string, base: CallbackBase) => {
  const { notes, source } = base;
  // A gateway that was dialled on this machine has its API here, too.
  const isHere = source === "dialled" && notes.includes("loopback");
  // Then there is nothing for people to look at.
  const level = isHere ? "debug" : "warn";
  if (notes.includes("differs-from-advertised")) {
    logger[isHere ? "debug" : "info"](
      { registration, source },
      "The API address in use differs from the one that the gateway sent.",
    );
  }
  if (notes.includes("kept-port")) {
    logger[level](
      { registration, base: base.url },
      "The API address keeps the gateway's port; set STRIKE48_API_URL if the API is elsewhere.",
    );
  }
  if (notes.includes("from-server")) {
    logger.warn(
      { registration },
      "The API address is the one that the gateway sent; set STRIKE48_API_URL to decide it here.",
    );
  }
  if (notes.includes("loopback")) {
    logger[level]({ registration, base: base.url }, "The API address is on loopback.");
  }
};

async function lockOf(store: CredentialStore, identity: Identity, stopping: AbortSignal): Promise<StoreLock> {
  try {
    return await store.lock(identity, stopping);
  } catch (error) {
    throw stopping.aborted
      ? closed()
      : storeFailure(error, "making the lock file that lets one process register at a time");
  }
}

const closed = () =>
  new CredentialError({
    cause: "credentials-unavailable",
    code: "CLOSED",
    detail: "Credentials are closed.",
  });

export class KeyRegistrations {
  readonly #deps: KeyRegistrationDependencies;
  readonly #running = new Map<string, Promise<void>>();
  /** Addresses that have been told of, so that each is told once. */
  readonly #toldBases = new Set<string>();
  /** No new call. */
  readonly #stopping = new AbortController();
  /** Running calls are cut off. */
  readonly #giveUp = new AbortController();

  constructor(deps: KeyRegistrationDependencies) {
    this.#deps = deps;
    // Every running call listens, and there may be thousands; Node warns from the eleventh on.
    setMaxListeners(0, this.#stopping.signal, this.#giveUp.signal);
  }

  /** Aborted when everything closes. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The running call of this identity. */
  running(identity: Identity): Promise<void> | undefined {
    return this.#running.get(registrationKey(identity));
  }

  /** Joins the running call of this identity, or makes one. */
  start(registration: KeyRegistration): Promise<void> {
    const key = registrationKey(registration.identity);
    const running = this.#running.get(key);
    if (running) return running;
    const call = this.#takeTurn(registration).finally(() => this.#running.delete(key));
    this.#running.set(key, call);
    // A call that nobody waits for any more may fail too.
    call.catch((error: unknown) => this.#logFailure(key, error));
    return call;
  }

  /** Starts nothing any more, lets calls on their way be answered for up to 2 s, and saves what came. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const timer = setTimeout(() => this.#giveUp.abort(), closeGraceMs);
    await Promise.allSettled(this.#running.values());
    clearTimeout(timer);
    await this.#deps.saved.flush();
  }

  /** One process at a time registers an identity; one that comes later takes what the other has saved. */
  async #takeTurn(registration: KeyRegistration): Promise<void> {
    const { identity, onRegistered } = registration;
    const { store, saved } = this.#deps;
    if (this.#stopping.signal.aborted) throw closed();
    const before = await saved.load(identity);
    const turn = await lockOf(store, identity, this.#stopping.signal);
    try {
      const after = await saved.load(identity);
      if (after && after.credentials.clientId !== before?.credentials.clientId) onRegistered();
      else await this.#register(registration);
    } finally {
      await turn.release();
    }
  }

  async #register({ identity, offer, onRegistered }: KeyRegistration): Promise<void> {
    const { apiUrl, dialled, allowInsecureHttp, http, wallClock, logger, saved, store } = this.#deps;
    if (offer.oneTimeToken.isEmpty) {
      const detail = "The gateway issued credentials without a one-time token.";
      throw new CredentialError({ cause: "credentials-exchange-failed", code: "NO_TOKEN", detail });
    }
    const base = resolveCallbackBase({ apiUrl, dialled, advertised: offer.apiUrl });
    this.#tellBase(identity, base);
    const target = registerTarget(base, offer.registerUrl, allowInsecureHttp);
    const pair = await keyPairFor(identity, store, logger);
    const credentials = await registerKey(
      { target, oneTimeToken: offer.oneTimeToken, publicKeyPem: pair.publicKeyPem, identity },
      { http, giveUp: this.#giveUp.signal, wallClock },
    );
    await saved.save(identity, credentials, pair.privateKeyPem);
    onRegistered();
  }

  #tellBase(identity: Identity, base: CallbackBase): void {
    const told = [base.url, ...base.notes].join(" ");
    if (this.#toldBases.has(told)) return;
    this.#toldBases.add(told);
    logBase(this.#deps.logger, registrationKey(identity), base);
  }

  #logFailure(registration: string, error: unknown): void {
    const { cause, code } =
      error instanceof CredentialError ? error.failure : { cause: "internal", code: undefined };
    this.#deps.logger.warn({ registration, cause, code }, "Registering the key failed.");
  }
}

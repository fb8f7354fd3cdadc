/**
 * The credential exchange: key → register call → saved → access token, one job per identity at a time.
 * Whoever waits may leave; the job goes on, and an answer that was received is always kept.
 */
import { setMaxListeners } from "node:events";
import type { Logger } from "../logger.js";
import { type Identity, registrationKey } from "../protocol/identity.js";
import type { AccessToken, MintAccessToken } from "./access-token.js";
import { type CallbackBase, registerTarget, resolveCallbackBase } from "./callback-base.js";
import { CredentialError, type CredentialOffer } from "./credentials.js";
import type { HttpClient } from "./http.js";
import { keyPairFor } from "./key-pair.js";
import { registerKey, registerWaitsMs } from "./one-time-token.js";
import type { Delay } from "./retry.js";
import type { SavedIdentities } from "./saved-identities.js";
import type { CredentialStore, StoreLock } from "./store.js";
import { storeFailure } from "./store-failure.js";

export interface ExchangeDependencies {
  readonly apiUrl: string | undefined;
  readonly dialled: { readonly authority: string; readonly tls: boolean };
  readonly allowInsecureHttp: boolean;
  readonly store: CredentialStore;
  readonly saved: SavedIdentities;
  readonly http: HttpClient;
  readonly mint: MintAccessToken;
  readonly delay: Delay;
  readonly random: () => number;
  readonly wallClock: () => number;
  readonly logger: Logger;
}

/** One run of the exchange. */
export interface ExchangeRequest {
  readonly identity: Identity;
  /** Undefined when the one-time token has become credentials before: only the token call is left to do. */
  readonly offer: CredentialOffer | undefined;
  /** The credentials are kept; the one-time token is of no more use. */
  readonly onRegistered: () => void;
}

/** How long a register call that is on its way may still be answered when everything closes, in ms. */
const closeGraceMs = 2_000;

const logBase = (logger: Logger, registration: string, base: CallbackBase) => {
  const { notes, source } = base;
  if (notes.includes("differs-from-advertised")) {
    logger.info(
      { registration, source },
      "The API address in use differs from the one that the gateway sent.",
    );
  }
  if (notes.includes("kept-port")) {
    logger.warn(
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
    logger.warn({ registration, base: base.url }, "The API address is on loopback.");
  }
};

async function lockOf(store: CredentialStore, identity: Identity, stopping: AbortSignal): Promise<StoreLock> {
  try {
    return await store.lock(identity, stopping);
  } catch (error) {
    throw stopping.aborted ? closed() : storeFailure(error, "waiting for its turn");
  }
}

const closed = () =>
  new CredentialError({
    cause: "credentials-unavailable",
    code: "CLOSED",
    detail: "Credentials are closed.",
  });

export class Exchanges {
  readonly #deps: ExchangeDependencies;
  readonly #jobs = new Map<string, Promise<AccessToken>>();
  /** No new try, no new job. */
  readonly #stopping = new AbortController();
  /** Running register calls are cut off. */
  readonly #giveUp = new AbortController();

  constructor(deps: ExchangeDependencies) {
    this.#deps = deps;
    // Every running call listens, and there may be thousands; Node warns from the eleventh on.
    setMaxListeners(0, this.#stopping.signal, this.#giveUp.signal);
  }

  /** Aborted when everything closes. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The running job of this identity. */
  running(identity: Identity): Promise<AccessToken> | undefined {
    return this.#jobs.get(registrationKey(identity));
  }

  /** Joins the running job of this identity, or starts one. */
  start(request: ExchangeRequest): Promise<AccessToken> {
    const key = registrationKey(request.identity);
    const running = this.#jobs.get(key);
    if (running) return running;
    const job = this.#run(request).finally(() => this.#jobs.delete(key));
    this.#jobs.set(key, job);
    // A job that nobody waits for any more may fail too.
    job.catch((error: unknown) => this.#logFailure(key, error));
    return job;
  }

  /** Starts nothing any more, lets register calls on their way be answered for up to 2 s, and saves what came. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const timer = setTimeout(() => this.#giveUp.abort(), closeGraceMs);
    await Promise.allSettled(this.#jobs.values());
    clearTimeout(timer);
    await this.#deps.saved.flush();
  }

  async #run(request: ExchangeRequest): Promise<AccessToken> {
    const { identity, offer } = request;
    if (this.#stopping.signal.aborted) throw closed();
    if (offer) await this.#takeTurn(identity, offer, request.onRegistered);
    const saved = await this.#deps.saved.load(identity);
    if (!saved) {
      throw new CredentialError({
        cause: "credentials-exchange-failed",
        code: "NOT_SAVED",
        detail: "No saved credentials are left.",
      });
    }
    return this.#deps.mint(saved, this.#stopping.signal);
  }

  /** One process at a time registers an identity; one that had to wait takes what the other has saved. */
  async #takeTurn(identity: Identity, offer: CredentialOffer, onRegistered: () => void): Promise<void> {
    const { store, saved } = this.#deps;
    const before = await saved.load(identity);
    const turn = await lockOf(store, identity, this.#stopping.signal);
    try {
      const after = turn.waited ? await saved.load(identity) : before;
      if (after && after.credentials.clientId !== before?.credentials.clientId) onRegistered();
      else await this.#register(identity, offer, onRegistered);
    } finally {
      await turn.release();
    }
  }

  async #register(identity: Identity, offer: CredentialOffer, onRegistered: () => void): Promise<void> {
    const { apiUrl, dialled, allowInsecureHttp, http, wallClock, delay, random, logger, saved, store } =
      this.#deps;
    if (offer.oneTimeToken === "") {
      const detail = "The gateway issued credentials without a one-time token.";
      throw new CredentialError({ cause: "credentials-exchange-failed", code: "NO_TOKEN", detail });
    }
    const base = resolveCallbackBase({ apiUrl, dialled, advertised: offer.apiUrl });
    logBase(logger, registrationKey(identity), base);
    const target = registerTarget(base, offer.registerUrl, allowInsecureHttp);
    const pair = await keyPairFor(identity, store, logger);
    const retry = { waitsMs: registerWaitsMs, delay, random, signal: this.#stopping.signal };
    const credentials = await registerKey(
      { target, oneTimeToken: offer.oneTimeToken, publicKeyPem: pair.publicKeyPem, identity },
      { http, retry, giveUp: this.#giveUp.signal, wallClock },
    );
    await saved.save(identity, credentials, pair.privateKeyPem);
    onRegistered();
  }

  #logFailure(registration: string, error: unknown): void {
    const { cause, code } =
      error instanceof CredentialError ? error.failure : { cause: "internal", code: undefined };
    this.#deps.logger.warn({ registration, cause, code }, "The credential exchange failed.");
  }
}

/**
 * One registration's credentials: which tokens its next register request carries, and custody of what it
 * was given. Decides the order of sources; the calls themselves are made elsewhere.
 */
import type { Identity } from "../protocol/identity.js";
import type { MintAccessToken } from "./access-token.js";
import {
  CredentialError,
  type CredentialOffer,
  type RegisterTokens,
  type RegistrationCredentials,
  type TokenSource,
} from "./credentials.js";
import { Custody } from "./custody.js";
import type { Exchanges } from "./exchange.js";
import { subscribe } from "./retry.js";
import type { SavedIdentities } from "./saved-identities.js";
import { isUnexpiredSessionToken } from "./session-token.js";
import { TokenCache } from "./token-cache.js";

export interface RegistrationDependencies {
  readonly exchanges: Exchanges;
  readonly saved: SavedIdentities;
  readonly mint: MintAccessToken;
  readonly wallClock: () => number;
  readonly monotonicClock: () => number;
}

class OneRegistration implements RegistrationCredentials {
  readonly #identity: Identity;
  readonly #deps: RegistrationDependencies;
  readonly #cache: TokenCache;
  readonly #custody = new Custody();
  /** Empty when there is none, or when an exchange has given this registration an identity of its own. */
  #explicitToken: string;
  #sessionToken = "";

  constructor(identity: Identity, explicitToken: string, deps: RegistrationDependencies) {
    this.#identity = identity;
    this.#explicitToken = explicitToken;
    this.#deps = deps;
    this.#cache = new TokenCache(deps.monotonicClock);
  }

  async tokens(signal: AbortSignal): Promise<RegisterTokens> {
    await this.#joinExchange(signal);
    if (this.#explicitToken !== "") return this.#with(this.#explicitToken, "explicit");
    const saved = await this.#accessToken(signal).catch((error: unknown) => {
      // An unexpired session token may register alone; anonymous it must not, once an identity is saved.
      if (error instanceof CredentialError && this.#unexpiredSessionToken() !== "" && !signal.aborted)
        return undefined;
      throw error;
    });
    if (saved !== undefined) return this.#with(saved, "saved");
    return this.#with("", this.#unexpiredSessionToken() === "" ? "anonymous" : "session");
  }

  keepSessionToken(token: string): void {
    if (token !== "") this.#sessionToken = token;
  }

  renew(): void {
    this.#sessionToken = "";
    this.#cache.clear();
  }

  deposit(offer: CredentialOffer): string {
    return this.#custody.deposit(offer);
  }

  async exchange(offerId: string, signal: AbortSignal): Promise<TokenSource> {
    const held = this.#custody.find(offerId);
    if (!held) {
      const detail = "This one-time token is not in custody any more.";
      throw new CredentialError({ cause: "credentials-exchange-failed", code: "UNKNOWN_OFFER", detail });
    }
    const job = this.#deps.exchanges.start({
      identity: this.#identity,
      offer: held.registered ? undefined : held.offer,
      onRegistered: () => {
        this.#custody.markRegistered(offerId);
        this.#explicitToken = "";
        this.#cache.clear();
      },
    });
    this.#cache.keep(await subscribe(job, signal));
    return "saved";
  }

  /** Waits for a running exchange, whatever it brings; its failure is for those who asked for it. */
  async #joinExchange(signal: AbortSignal): Promise<void> {
    const running = this.#deps.exchanges.running(this.#identity);
    if (!running) return;
    try {
      this.#cache.keep(await subscribe(running, signal));
    } catch (error) {
      if (signal.aborted) throw error;
    }
  }

  /** Undefined when no identity is saved. */
  async #accessToken(signal: AbortSignal): Promise<string | undefined> {
    const fresh = this.#cache.fresh();
    if (fresh !== undefined) return fresh;
    const saved = await this.#deps.saved.load(this.#identity);
    if (!saved) return undefined;
    const { mint, exchanges } = this.#deps;
    return this.#cache.get(() => mint(saved, exchanges.stopping), signal);
  }

  #unexpiredSessionToken(): string {
    const nowSeconds = Math.floor(this.#deps.wallClock() / 1000);
    if (!isUnexpiredSessionToken(this.#sessionToken, nowSeconds)) this.#sessionToken = "";
    return this.#sessionToken;
  }

  #with(jwt: string, source: TokenSource): RegisterTokens {
    return { jwt, sessionToken: this.#unexpiredSessionToken(), source };
  }
}

export function createRegistrationCredentials(
  identity: Identity,
  explicitToken: string | undefined,
  deps: RegistrationDependencies,
): RegistrationCredentials {
  return new OneRegistration(identity, explicitToken?.trim() ?? "", deps);
}

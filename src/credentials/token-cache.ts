/** Owns one registration's access token: kept while fresh, minted by one call however many wait for it. */
import type { AccessToken } from "./access-token.js";
import { subscribe } from "./retry.js";

export class TokenCache {
  readonly #monotonicClock: () => number;
  #token: AccessToken | undefined;
  #minting: Promise<AccessToken> | undefined;

  constructor(monotonicClock: () => number) {
    this.#monotonicClock = monotonicClock;
  }

  /** The kept token while it is fresh. */
  fresh(): string | undefined {
    return this.#token && this.#monotonicClock() < this.#token.freshUntil ? this.#token.value : undefined;
  }

  keep(token: AccessToken): void {
    this.#token = token;
  }

  /** Forgets the token; what is being minted at this moment is not kept either. */
  clear(): void {
    this.#token = undefined;
    this.#minting = undefined;
  }

  /** The fresh token, else that of the running or a new call of `mint`. Aborting the signal only stops waiting. */
  async get(mint: () => Promise<AccessToken>, signal: AbortSignal): Promise<string> {
    const fresh = this.fresh();
    if (fresh !== undefined) return fresh;
    this.#minting ??= this.#start(mint);
    return (await subscribe(this.#minting, signal)).value;
  }

  #start(mint: () => Promise<AccessToken>): Promise<AccessToken> {
    const minting = mint();
    const ended = (token?: AccessToken) => {
      if (this.#minting !== minting) return;
      this.#minting = undefined;
      if (token) this.#token = token;
    };
    minting.then(ended, () => ended());
    return minting;
  }
}

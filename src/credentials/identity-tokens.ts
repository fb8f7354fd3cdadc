/**
 * Owns the access tokens in memory: one per identity, shared by all its registrations, minted by one call however
 * many want it. After a failure only the registration that made the call asks again by its own pace; the others
 * wait, so that thousands behind one identity never become a loop against its token server.
 */
import { setMaxListeners } from "node:events";
import type { AccessToken, MintAccessToken, SigningIdentity } from "./access-token.js";
import { CredentialError, type CredentialFailure } from "./credentials.js";
import { subscribe } from "./subscribe.js";

/** How long others wait after a failure: doubled from failure to failure, up to the most. */
const leastHoldMs = 1_000;
const mostHoldMs = 30_000;

export interface TokenWish {
  /** The identity, by a name of its own. */
  readonly id: string;
  /** Who asks. */
  readonly caller: string;
  /** Ahead of time: a token that is due for renewal does not do. */
  readonly ahead: boolean;
  /** A refusal may be a new client's that is not known everywhere yet: it says nothing to the others. */
  readonly isNewClient: boolean;
  /** Reads the identity, files and all, at each call. */
  load(): Promise<SigningIdentity>;
}

interface Hold {
  readonly until: number;
  readonly caller: string;
  readonly failure: CredentialFailure;
}

interface Entry {
  token: AccessToken | undefined;
  running: Promise<AccessToken> | undefined;
  hold: Hold | undefined;
  failures: number;
}

export interface IdentityTokenDependencies {
  readonly mint: MintAccessToken;
  readonly monotonicClock: () => number;
  /** Aborted when everything closes. */
  readonly stopping: AbortSignal;
}

export class IdentityTokens {
  readonly #deps: IdentityTokenDependencies;
  readonly #entries = new Map<string, Entry>();
  #sweepAt = 64;

  constructor(deps: IdentityTokenDependencies) {
    this.#deps = deps;
    setMaxListeners(0, deps.stopping);
  }

  /** The token in memory when it does, else that of the running or a new call. */
  async get(wish: TokenWish, signal: AbortSignal): Promise<AccessToken> {
    const entry = this.#entry(wish.id);
    const now = this.#deps.monotonicClock();
    const { token, hold } = entry;
    if (token && now < (wish.ahead ? token.renewFrom : token.freshUntil)) return token;
    if (!entry.running && hold && hold.caller !== wish.caller && now < hold.until) {
      throw new CredentialError({ ...hold.failure, again: false, retryAfterMs: hold.until - now });
    }
    entry.running ??= this.#start(entry, wish);
    return subscribe(entry.running, signal);
  }

  /** Forgets a token that was refused, unless another has taken its place. */
  forget(id: string, refused: AccessToken): void {
    const entry = this.#entries.get(id);
    if (entry?.token === refused) entry.token = undefined;
  }

  isFresh(token: AccessToken): boolean {
    return this.#deps.monotonicClock() < token.freshUntil;
  }

  /** From now, in ms. */
  timesOf(token: AccessToken): { readonly renewInMs: number; readonly freshForMs: number } {
    const now = this.#deps.monotonicClock();
    return { renewInMs: Math.max(0, token.renewFrom - now), freshForMs: Math.max(0, token.freshUntil - now) };
  }

  #start(entry: Entry, wish: TokenWish): Promise<AccessToken> {
    if (this.#deps.stopping.aborted) {
      const detail = "Credentials are closed.";
      throw new CredentialError({ cause: "credentials-unavailable", code: "CLOSED", detail });
    }
    const running = wish.load().then((identity) => this.#deps.mint(identity, this.#deps.stopping));
    const ended = () => {
      if (entry.running === running) entry.running = undefined;
    };
    running.then(
      (token) => {
        ended();
        Object.assign(entry, { token, hold: undefined, failures: 0 });
      },
      (error: unknown) => {
        ended();
        if (error instanceof CredentialError) this.#hold(entry, wish, error.failure);
      },
    );
    return running;
  }

  #hold(entry: Entry, { caller, isNewClient }: TokenWish, failure: CredentialFailure): void {
    const goesByTheirClock = failure.code === "CLOCK_SKEW" && failure.again;
    if (isNewClient || goesByTheirClock) return;
    const pause = Math.min(mostHoldMs, leastHoldMs * 2 ** Math.min(entry.failures, 10));
    const ms = failure.cause === "credentials-refused" ? mostHoldMs : pause;
    entry.failures += 1;
    const until = this.#deps.monotonicClock() + Math.max(ms, failure.retryAfterMs ?? 0);
    entry.hold = { until, caller, failure };
  }

  #entry(id: string): Entry {
    const known = this.#entries.get(id);
    if (known) return known;
    this.#sweep();
    const entry: Entry = { token: undefined, running: undefined, hold: undefined, failures: 0 };
    this.#entries.set(id, entry);
    return entry;
  }

  /** Identities of registrations that come and go must not pile up. */
  #sweep(): void {
    if (this.#entries.size < this.#sweepAt) return;
    const now = this.#deps.monotonicClock();
    for (const [id, { token, running, hold }] of this.#entries) {
      const isOfUse = running || (token && now < token.freshUntil) || (hold && now < hold.until);
      if (!isOfUse) this.#entries.delete(id);
    }
    this.#sweepAt = Math.max(64, 2 * this.#entries.size);
  }
}

/**
 * The one order in which a registration's credentials are looked for, for the runtime and the doctor alike:
 * explicit option, mounted key, saved credentials, one-time token, `AUTH_TOKEN`, none. Reads; sends nothing.
 */

import type { Environment } from "../environment/environment.js";
import { givenSecret } from "../environment/given-secret.js";
import { invalidConfig } from "../errors.js";
import type { Logger } from "../logger.js";
import { type Identity, registrationKey } from "../protocol/identity.js";
import type { Secret } from "../secret.js";
import type { SigningIdentity } from "./access-token.js";
import { CredentialError } from "./credentials.js";
import {
  loadMountedKey,
  type MountedKeyReading,
  readMountedKeySettings,
  wellKnownKeyPaths,
} from "./mounted-key.js";
import {
  type FoundToken,
  findOneTimeToken,
  isNoneGiven,
  type OneTimeToken,
  reasonAgainst,
  type TokenSearch,
  wellKnownTokenPaths,
} from "./one-time-token.js";
import type { SavedIdentities } from "./saved-identities.js";

/** What there is for a registration. */
export type Source =
  | { readonly kind: "explicit" | "environment"; readonly token: Secret }
  | {
      readonly kind: "mounted-key" | "saved";
      /** Registrations with the same id are one client of the token server. */
      readonly id: string;
      load(): Promise<SigningIdentity>;
      /** Nobody has noted which gateway issued it: this does so, when the gateway has taken it. */
      readonly takeOver?: () => void;
    }
  | { readonly kind: "one-time-token"; readonly token: FoundToken }
  | { readonly kind: "anonymous" };

/** Where things lie when no variable says so. */
export interface WellKnownPaths {
  readonly keys: readonly string[];
  readonly tokens: readonly string[];
}

export interface SourcesOptions {
  readonly env: Environment;
  readonly allowInsecureHttp: boolean;
  readonly wallClock: () => number;
  readonly logger: Logger;
  readonly saved: Pick<SavedIdentities, "load" | "isSurelyNone" | "isUnknown" | "takeOver">;
  readonly wellKnown?: WellKnownPaths;
}

const anonymous: Source = { kind: "anonymous" };

export class Sources {
  readonly #options: SourcesOptions;
  readonly #wellKnown: WellKnownPaths;
  readonly #mounted: MountedKeyReading;
  /** One-time tokens that count no more, by whom for: a registration's key, or everybody. */
  readonly #spent = new Map<string, Secret[]>();
  readonly #told = new Set<string>();
  /** What those have found who ask in one go; undefined: they have not looked, or found something. */
  #foundTogether: "nothing" | undefined;

  constructor(options: SourcesOptions) {
    this.#options = options;
    this.#wellKnown = options.wellKnown ?? {
      keys: wellKnownKeyPaths,
      tokens: wellKnownTokenPaths(options.env),
    };
    this.#mounted = readMountedKeySettings(options.env, options.allowInsecureHttp);
  }

  /** Throws INVALID_CONFIG when a mounted key is half configured, unless an explicit token stands before it. */
  check(explicitToken: Secret | undefined): void {
    if (explicitToken === undefined && this.#mounted.is === "wrong")
      throw invalidConfig(`${this.#mounted.what}: ${this.#mounted.fix}.`);
  }

  /**
   * The first of the order that is there. A promise only where a store or a file has to be read; it rejects with
   * `CredentialError` when one is there and cannot be read.
   */
  find(identity: Identity, explicitToken: Secret | undefined): Source | Promise<Source> {
    if (explicitToken !== undefined) return { kind: "explicit", token: explicitToken };
    return this.#mountedKey() ?? (this.#isNothingToRead() ? this.#last() : this.#read(identity));
  }

  /** Thousands ask together: that nothing was found holds for all who ask in one go, and is looked at again after them. */
  #isNothingToRead(): boolean {
    if (this.#foundTogether === "nothing") return true;
    const { env, saved } = this.#options;
    if (!saved.isSurelyNone || !isNoneGiven(env, this.#wellKnown.tokens)) return false;
    this.#foundTogether = "nothing";
    queueMicrotask(() => {
      this.#foundTogether = undefined;
    });
    return true;
  }

  async #read(identity: Identity): Promise<Source> {
    return (await this.saved(identity)) ?? (await this.#oneTimeToken(identity)) ?? this.#last();
  }

  #last(): Source {
    return this.#environmentToken() ?? anonymous;
  }

  /** The one-time token for this registration, and what was passed over. */
  searchOneTimeToken(identity: Identity): Promise<TokenSearch> {
    const { env, wallClock } = this.#options;
    return findOneTimeToken(env, this.#wellKnown.tokens, (token) =>
      this.#isSpent(token, identity)
        ? "it is used or was refused"
        : reasonAgainst(token, identity, wallClock()),
    );
  }

  /** A one-time token was used up, or refused to this registration: it is not tried again. A new one is. */
  spend({ token }: OneTimeToken, by: Identity | "everybody"): void {
    const whose = by === "everybody" ? by : registrationKey(by);
    const spent = this.#spent.get(whose) ?? [];
    if (!spent.some((one) => one.equals(token))) this.#spent.set(whose, [...spent, token]);
  }

  #isSpent({ token }: OneTimeToken, identity: Identity): boolean {
    const isSpentFor = (whose: string) => this.#spent.get(whose)?.some((one) => one.equals(token)) ?? false;
    return isSpentFor("everybody") || isSpentFor(registrationKey(identity));
  }

  #mountedKey(): Source | undefined {
    if (this.#mounted.is !== "complete") return undefined;
    const { settings } = this.#mounted;
    return {
      kind: "mounted-key",
      id: `mounted ${settings.clientId} ${settings.realmUrl}`,
      load: () => loadMountedKey(settings, this.#wellKnown.keys),
    };
  }

  /** Saved credentials. Rejects with `CredentialError` when the store fails. */
  async saved(identity: Identity): Promise<Source | undefined> {
    const { saved } = this.#options;
    const found = await saved.load(identity);
    if (!found) return undefined;
    const { clientId, realmUrl } = found.credentials;
    return {
      kind: "saved",
      // A registration that registers anew becomes another client, and the tokens of the first are not its own.
      id: `saved ${registrationKey(identity)} ${clientId} ${realmUrl}`,
      ...(saved.isUnknown(found) ? { takeOver: () => saved.takeOver(identity) } : {}),
      load: async () => {
        const again = await saved.load(identity);
        if (again) return again;
        const detail = "The saved credentials are gone.";
        throw new CredentialError({ cause: "credentials-unavailable", code: "NOT_SAVED", detail });
      },
    };
  }

  async #oneTimeToken(identity: Identity): Promise<Source | undefined> {
    const { token, unusable } = await this.searchOneTimeToken(identity);
    for (const { from, why } of unusable) this.#tell(registrationKey(identity), from, why);
    return token && { kind: "one-time-token", token };
  }

  #environmentToken(): Source | undefined {
    const token = givenSecret(this.#options.env.AUTH_TOKEN);
    return token === undefined ? undefined : { kind: "environment", token };
  }

  /** Once, not once for each of the registrations that pass it over. */
  #tell(registration: string, from: string, why: string): void {
    const told = `${from} ${why}`;
    if (this.#told.has(told)) return;
    this.#told.add(told);
    this.#options.logger.warn(
      { registration, from, why },
      `The one-time token of ${from} is passed over: ${why}.`,
    );
  }
}

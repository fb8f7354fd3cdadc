/**
 * Owns what is known of saved identities beside the store: credentials that were received but could not be
 * written yet.
 */
import type { Logger } from "../logger.js";
import { type Identity, registrationKey } from "../protocol/identity.js";
import type { Secret } from "../secret.js";
import type { SigningIdentity } from "./access-token.js";
import type { CredentialStore, SavedCredentials } from "./store.js";
import { storeCode, storeFailure } from "./store-failure.js";

interface Unwritten {
  readonly identity: Identity;
  readonly credentials: SavedCredentials;
  readonly privateKeyPem: Secret;
  /** Why not, by the system's code; null before the store has answered. */
  code: string | null;
}

export class SavedIdentities {
  readonly #store: CredentialStore;
  readonly #logger: Logger;
  readonly #unwritten = new Map<string, Unwritten>();

  constructor(store: CredentialStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Why its credentials are in memory alone, by the system's code; null when they are not. */
  unsavedCode(identity: Identity): string | null {
    return this.#unwritten.get(registrationKey(identity))?.code ?? null;
  }

  /** The saved identity, that of this process first. Rejects with {@link CredentialError} when the store fails. */
  async load(identity: Identity): Promise<SigningIdentity | undefined> {
    const unwritten = this.#unwritten.get(registrationKey(identity));
    if (unwritten) {
      await this.#write(unwritten);
      return {
        kind: "saved",
        credentials: unwritten.credentials,
        privateKeyPem: unwritten.privateKeyPem,
        location: "memory",
      };
    }
    try {
      const saved = await this.#store.load(identity);
      return saved && { ...saved, kind: "saved" };
    } catch (error) {
      throw storeFailure(error, "reading saved credentials");
    }
  }

  /** Keeps received credentials: in the store, or in memory until the store takes them. Never rejects. */
  async save(identity: Identity, credentials: SavedCredentials, privateKeyPem: Secret): Promise<void> {
    await this.#write({ identity, credentials, privateKeyPem, code: null });
  }

  /** Tries once more to write what could not be written. */
  async flush(): Promise<void> {
    for (const unwritten of [...this.#unwritten.values()]) await this.#write(unwritten);
  }

  async #write(entry: Unwritten): Promise<void> {
    const registration = registrationKey(entry.identity);
    this.#unwritten.set(registration, entry);
    try {
      await this.#store.save(entry.identity, entry.credentials, entry.privateKeyPem);
      if (this.#unwritten.get(registration) === entry) this.#unwritten.delete(registration);
      this.#logger.info({ registration }, "Credentials are saved.");
    } catch (error) {
      entry.code = storeCode(error);
      this.#logger.error(
        { registration, code: entry.code },
        "Credentials cannot be saved: they work until this process ends, and saving is tried again.",
      );
    }
  }
}

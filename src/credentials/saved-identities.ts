/**
 * Owns what is known of saved identities beside the store: credentials that were received but could not be
 * written yet, and the words for a store that fails.
 */
import type { Logger } from "../logger.js";
import { type Identity, registrationKey } from "../protocol/identity.js";
import type { SigningIdentity } from "./access-token.js";
import { CredentialError } from "./credentials.js";
import type { CredentialStore, SavedCredentials } from "./store.js";

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "STORE_FAILED";
}

/** A store's error as a credential failure: its code, and its path when it names one. */
export function storeFailure(error: unknown, doing: string): CredentialError {
  if (error instanceof CredentialError) return error;
  const path =
    error instanceof Error && "path" in error && typeof error.path === "string" ? ` (${error.path})` : "";
  const detail = `The credential store failed at ${doing}${path}.`;
  return new CredentialError({ cause: "credentials-unavailable", code: codeOf(error), detail });
}

interface Unwritten {
  readonly identity: Identity;
  readonly credentials: SavedCredentials;
  readonly privateKeyPem: string;
}

export class SavedIdentities {
  readonly #store: CredentialStore;
  readonly #logger: Logger;
  readonly #unwritten = new Map<string, Unwritten>();

  constructor(store: CredentialStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
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
  async save(identity: Identity, credentials: SavedCredentials, privateKeyPem: string): Promise<void> {
    await this.#write({ identity, credentials, privateKeyPem });
  }

  /** Tries once more to write what could not be written. */
  async flush(): Promise<void> {
    for (const unwritten of [...this.#unwritten.values()]) await this.#write(unwritten);
  }

  async #write(entry: Unwritten): Promise<void> {
    const registration = registrationKey(entry.identity);
    this.#unwritten.set(registration, entry);
    try {
      await this.#store.saveCredentials(entry.identity, entry.credentials);
      if (this.#unwritten.get(registration) === entry) this.#unwritten.delete(registration);
      this.#logger.info({ registration }, "Credentials are saved.");
    } catch (error) {
      this.#logger.error(
        { registration, code: codeOf(error) },
        "Credentials cannot be saved: they work until this process ends, and saving is tried again.",
      );
    }
  }
}

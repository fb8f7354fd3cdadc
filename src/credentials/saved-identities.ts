/**
 * Owns what is known of saved identities beside the store: credentials that were received but could not be
 * written yet, whose they are, and what another gateway issued.
 */
import type { Logger } from "../logger.js";
import { type Identity, registrationKey } from "../protocol/identity.js";
import type { Secret } from "../secret.js";
import type { SigningIdentity } from "./access-token.js";
import type { TellingStore } from "./file-store.js";
import { issuerOf, type OtherGateways } from "./issuing-gateway.js";
import type { CredentialStore, SavedCredentials } from "./store.js";
import { storeCode, storeFailure, storePath } from "./store-failure.js";

interface Unwritten {
  readonly identity: Identity;
  readonly credentials: SavedCredentials;
  readonly privateKeyPem: Secret;
  /** Why not, by the system's code; null before the store has answered. */
  code: string | null;
  /** What could not be written; null where the store does not say. */
  path: string | null;
}

export interface SavedIdentitiesOptions {
  readonly store: CredentialStore | TellingStore;
  /** The names of the gateway that is dialled. */
  readonly here: readonly string[];
  readonly others: OtherGateways;
  readonly logger: Logger;
  /** Aborted when everything closes. */
  readonly stopping: AbortSignal;
}

export class SavedIdentities {
  readonly #store: CredentialStore | TellingStore;
  readonly #options: SavedIdentitiesOptions;
  readonly #logger: Logger;
  readonly #unwritten = new Map<string, Unwritten>();
  /** By registration: its old credentials are being noted as this gateway's, or were; once is enough. */
  readonly #takenOver = new Map<string, Promise<void>>();

  constructor(options: SavedIdentitiesOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#logger = options.logger;
  }

  /** The gateway whose credentials there are, and none of this one's; null: no such. */
  otherGateway(identity: Identity): string | null {
    return this.#options.others.of(identity);
  }

  /** Why its credentials are in memory alone, by the system's code; null when they are not. */
  unsavedCode(identity: Identity): string | null {
    return this.#unwritten.get(registrationKey(identity))?.code ?? null;
  }

  /** The file or folder that could not be written; null where nobody has said. */
  unsavedPath(identity: Identity): string | null {
    return this.#unwritten.get(registrationKey(identity))?.path ?? null;
  }

  /** True: {@link load} would find nothing, and need not be asked. False says nothing. */
  get isSurelyNone(): boolean {
    return this.#unwritten.size === 0 && "isSurelyEmpty" in this.#store && this.#store.isSurelyEmpty;
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
      if (!saved) return undefined;
      this.#options.others.forget(identity);
      return { ...saved, kind: "saved" };
    } catch (error) {
      throw storeFailure(error, "reading saved credentials");
    }
  }

  /** Keeps received credentials: in the store, or in memory until the store takes them. Never rejects. */
  async save(identity: Identity, credentials: SavedCredentials, privateKeyPem: Secret): Promise<void> {
    const issued = this.#issuedHere(credentials);
    await this.#write({ identity, credentials: issued, privateKeyPem, code: null, path: null });
  }

  /** Whether nobody has noted yet by whom they were issued. */
  isUnknown({ credentials }: SigningIdentity): boolean {
    return this.#options.here.length > 0 && issuerOf(credentials, this.#options.here) === "unknown";
  }

  /** The gateway takes what was kept before gateways were noted: from now on it is this one's. Never rejects. */
  takeOver(identity: Identity): void {
    const registration = registrationKey(identity);
    if (this.#takenOver.has(registration)) return;
    const over = this.#noteGateway(identity).catch((error: unknown) => {
      const code = storeCode(error);
      this.#logger.debug({ registration, code }, "Old credentials cannot be noted as this gateway's.");
    });
    this.#takenOver.set(registration, over);
  }

  async #noteGateway(identity: Identity): Promise<void> {
    const turn = await this.#store.lock(identity, this.#options.stopping);
    try {
      const saved = await this.#store.load(identity);
      if (saved?.privateKeyPem === undefined || !this.isUnknown({ ...saved, kind: "saved" })) return;
      const { credentials, privateKeyPem } = saved;
      await this.#store.save(identity, this.#issuedHere(credentials), privateKeyPem);
      const [gateway] = this.#options.here;
      const registration = registrationKey(identity);
      this.#logger.info({ registration, gateway }, "Saved credentials are noted as this gateway's.");
    } finally {
      await turn.release();
    }
  }

  #issuedHere(credentials: SavedCredentials): SavedCredentials {
    const { here } = this.#options;
    return here.length === 0 ? credentials : { ...credentials, gateways: here };
  }

  /** Tries once more to write what could not be written. */
  async flush(): Promise<void> {
    await Promise.all(this.#takenOver.values());
    for (const unwritten of [...this.#unwritten.values()]) await this.#write(unwritten);
  }

  async #write(entry: Unwritten): Promise<void> {
    const registration = registrationKey(entry.identity);
    this.#unwritten.set(registration, entry);
    try {
      await this.#store.save(entry.identity, entry.credentials, entry.privateKeyPem);
      if (this.#unwritten.get(registration) === entry) this.#unwritten.delete(registration);
      this.#options.others.forget(entry.identity);
      this.#logger.info({ registration }, "Credentials are saved.");
    } catch (error) {
      entry.code = storeCode(error);
      entry.path = storePath(error);
      this.#logger.error(
        { registration, code: entry.code, ...(entry.path === null ? {} : { path: entry.path }) },
        "Credentials cannot be saved: they work until this process ends, and saving is tried again.",
      );
    }
  }
}

/**
 * Keeps keys and credentials as files of the owner: `keys/NAME.pem` and `credentials/NAME.json`. Reads, but
 * never writes, the files of other connectors of this protocol (legacy names without a tenant).
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { type Logger, silentLogger } from "../logger.js";
import { type Identity, registrationKey, sanitizeIdentifier } from "../protocol/identity.js";
import { fileNameOf, legacyFileNameOf } from "./file-names.js";
import { createPrivateFile, ModeWatch, readPrivateFile, replacePrivateFile } from "./private-files.js";
import {
  type CredentialStore,
  formatSavedCredentials,
  parseSavedCredentials,
  type SavedCredentials,
  type SavedIdentity,
  type SavedKey,
} from "./store.js";

export interface FileStoreOptions {
  /** Default `$HOME/.strike48`. */
  readonly directory?: string;
  /** Default `keys` in `directory`. */
  readonly keysDirectory?: string;
  /** Default: silent. */
  readonly logger?: Logger;
}

class FileStore implements CredentialStore {
  readonly #keys: string;
  readonly #credentials: string;
  readonly #logger: Logger;
  readonly #modes: ModeWatch;
  /** Legacy file to the registration that took it: its name fits several, and an identity serves one. */
  readonly #claims = new Map<string, string>();

  constructor(options: FileStoreOptions) {
    const directory = options.directory ?? join(homedir(), ".strike48");
    this.#keys = options.keysDirectory ?? join(directory, "keys");
    this.#credentials = join(directory, "credentials");
    this.#logger = options.logger ?? silentLogger;
    this.#modes = new ModeWatch(this.#logger);
  }

  async load(identity: Identity): Promise<SavedIdentity | undefined> {
    const name = fileNameOf(identity);
    const own = await this.#readCredentials(name);
    if (own) return this.#withKey(own, name);
    const legacy = legacyFileNameOf(identity);
    const credentials = legacy === undefined ? undefined : await this.#readCredentials(legacy);
    if (legacy === undefined || !credentials || !this.#mayTake(legacy, credentials, identity))
      return undefined;
    return this.#withKey(credentials, legacy);
  }

  async readKey(identity: Identity): Promise<SavedKey | undefined> {
    const location = this.#keyPath(fileNameOf(identity));
    const privateKeyPem = await readPrivateFile(location, this.#modes);
    return privateKeyPem === undefined ? undefined : { privateKeyPem, location };
  }

  createKey(identity: Identity, privateKeyPem: string): Promise<boolean> {
    return createPrivateFile(this.#keyPath(fileNameOf(identity)), privateKeyPem, this.#modes);
  }

  saveCredentials(identity: Identity, credentials: SavedCredentials): Promise<void> {
    const path = this.#credentialsPath(fileNameOf(identity));
    return replacePrivateFile(path, formatSavedCredentials(credentials), this.#modes);
  }

  #keyPath(name: string): string {
    return join(this.#keys, `${name}.pem`);
  }

  #credentialsPath(name: string): string {
    return join(this.#credentials, `${name}.json`);
  }

  async #withKey(credentials: SavedCredentials, name: string): Promise<SavedIdentity> {
    const privateKeyPem = await readPrivateFile(this.#keyPath(name), this.#modes);
    return { credentials, privateKeyPem, location: this.#credentialsPath(name) };
  }

  async #readCredentials(name: string): Promise<SavedCredentials | undefined> {
    const path = this.#credentialsPath(name);
    const text = await readPrivateFile(path, this.#modes);
    if (text === undefined) return undefined;
    const credentials = parseSavedCredentials(text);
    if (!credentials) {
      this.#logger.warn(
        { path },
        "This file of saved credentials is damaged and counts as absent; it is left as it is.",
      );
    }
    return credentials;
  }

  /** A legacy name has no tenant: the file's own tenant must fit, unless the registration has none but the default. */
  #mayTake(name: string, credentials: SavedCredentials, identity: Identity): boolean {
    const tenantFits =
      identity.tenantId === "default" || sanitizeIdentifier(credentials.tenantId) === identity.tenantId;
    const owner = this.#claims.get(name);
    const registration = registrationKey(identity);
    if (!tenantFits || (owner !== undefined && owner !== registration)) {
      const path = this.#credentialsPath(name);
      this.#logger.warn(
        { path, registration },
        "Saved credentials with an old file name belong to another registration.",
      );
      return false;
    }
    this.#claims.set(name, registration);
    return true;
  }
}

/** A {@link CredentialStore} of files: mode 0600, in folders of mode 0700, replaced as a whole. */
export function createFileStore(options: FileStoreOptions = {}): CredentialStore {
  return new FileStore(options);
}

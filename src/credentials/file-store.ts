/**
 * Keeps keys and credentials as files of the owner: `keys/NAME.pem` and `credentials/NAME.json`, and a key that is
 * not registered yet as `keys/NAME.pem.new`. The first gateway of an identity has that name, as it ever was; a further
 * one has `NAME@HOST-DIGEST`, with a key of its own. Reads, but never writes, the files of other connectors of this
 * protocol (legacy names without a tenant).
 */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Logger, silentLogger } from "../logger.js";
import { type Identity, registrationKey, sanitizeIdentifier } from "../protocol/identity.js";
import { Secret } from "../secret.js";
import { lockFile } from "./file-lock.js";
import { fileNameOf, gatewayFileNameOf, legacyFileNameOf } from "./file-names.js";
import { issuerOf, type TellOther } from "./issuing-gateway.js";
import {
  createPrivateFile,
  isFolderMissing,
  ModeWatch,
  readPrivateFile,
  renamePrivateFile,
  replacePrivateFile,
} from "./private-files.js";
import {
  type CredentialStore,
  formatSavedCredentials,
  keyDigestOf,
  parseSavedCredentials,
  type SavedCredentials,
  type SavedIdentity,
  type SavedKey,
  type StoreLock,
} from "./store.js";

export interface FileStoreOptions {
  /** Default `$HOME/.strike48`. */
  readonly directory?: string;
  /** Default `keys` in `directory`. */
  readonly keysDirectory?: string;
  /** Default: silent. */
  readonly logger?: Logger;
  /** The names of the gateway whose credentials these are to be, the one that files are named by first. Default: any. */
  readonly here?: readonly string[];
  /** Told when there are credentials of another gateway, and none of this one. */
  readonly tellOther?: TellOther;
}

/** A store that may know without a look into it that it has nothing. */
export interface TellingStore extends CredentialStore {
  /** True: nobody has saved anything yet. False says nothing. */
  readonly isSurelyEmpty: boolean;
}

/** Credentials as they are in a file, with the digest of the key they were saved with; other connectors write none. */
interface SavedFile {
  readonly credentials: SavedCredentials;
  readonly keyDigest: string | undefined;
}

/** Where an identity's credentials of one gateway are, or will be. */
interface Place {
  readonly name: string;
  readonly file: SavedFile | undefined;
}

/** Another process may take the proposed key as its own between two looks, which happens once or twice. */
const mostProposals = 20;

const digestOf = (privateKeyPem: Secret) => createHash("sha256").update(privateKeyPem.reveal()).digest("hex");

class FileStore implements TellingStore {
  readonly #keys: string;
  readonly #credentials: string;
  readonly #logger: Logger;
  readonly #modes: ModeWatch;
  readonly #here: readonly string[];
  readonly #tellOther: TellOther | undefined;
  /** Legacy file to the registration that took it: its name fits several, and an identity serves one. */
  readonly #claims = new Map<string, string>();

  constructor(options: FileStoreOptions) {
    const directory = options.directory ?? join(homedir(), ".strike48");
    this.#keys = options.keysDirectory ?? join(directory, "keys");
    this.#credentials = join(directory, "credentials");
    this.#logger = options.logger ?? silentLogger;
    this.#modes = new ModeWatch(this.#logger);
    this.#here = options.here ?? [];
    this.#tellOther = options.tellOther;
  }

  get isSurelyEmpty(): boolean {
    return isFolderMissing(this.#credentials);
  }

  async load(identity: Identity): Promise<SavedIdentity | undefined> {
    const own = fileNameOf(identity);
    if (this.isSurelyEmpty) return undefined;
    const { name, file } = await this.#placeOf(identity);
    if (file) return this.#withKey(file, name);
    // Where another gateway has the own name, an old file may be of that one, too.
    if (name !== own) return undefined;
    const legacy = legacyFileNameOf(identity);
    const old = legacy === undefined ? undefined : await this.#readFile(legacy);
    if (legacy === undefined || !old || !this.#mayTake(legacy, old.credentials, identity)) return undefined;
    return this.#withKey(old, legacy);
  }

  async readKey(identity: Identity): Promise<SavedKey | undefined> {
    const { name, file } = await this.#placeOf(identity);
    const privateKeyPem = await this.#ownKey(name, file?.keyDigest);
    return privateKeyPem === undefined ? undefined : { privateKeyPem, location: this.#keyPath(name) };
  }

  async proposeKey(identity: Identity, privateKeyPem: Secret): Promise<SavedKey> {
    const location = this.#proposedPath((await this.#placeOf(identity)).name);
    for (let i = 0; i < mostProposals; i += 1) {
      if (await createPrivateFile(location, privateKeyPem.reveal(), this.#modes))
        return { privateKeyPem, location };
      const kept = await this.#readKeyFile(location);
      if (kept !== undefined) return { privateKeyPem: kept, location };
    }
    throw Object.assign(
      new Error(
        `${location} can neither be read nor made: the file system says that it is there and that it is not.`,
      ),
      { code: "EEXIST", path: location },
    );
  }

  async save(identity: Identity, credentials: SavedCredentials, privateKeyPem: Secret): Promise<void> {
    const name = this.#nameFor(credentials, identity, await this.#placeOf(identity));
    const isAt = async (path: string) => (await this.#readKeyFile(path))?.equals(privateKeyPem) ?? false;
    const isNew = !(await isAt(this.#keyPath(name)));
    if (isNew && !(await isAt(this.#proposedPath(name)))) {
      await replacePrivateFile(this.#proposedPath(name), privateKeyPem.reveal(), this.#modes);
    }
    const text = formatSavedCredentials(credentials, digestOf(privateKeyPem));
    await replacePrivateFile(this.#credentialsPath(name), text, this.#modes);
    // The digest now names the proposed key: if this process ends here, the next read completes the change.
    if (isNew) await this.#adopt(name, privateKeyPem);
  }

  lock(identity: Identity, signal: AbortSignal): Promise<StoreLock> {
    const path = join(this.#keys, `${fileNameOf(identity)}.lock`);
    return lockFile(path, signal, { modes: this.#modes, logger: this.#logger });
  }

  /** The own name when it is this gateway's, nobody's or unknown whose; else the one of this gateway. */
  async #placeOf(identity: Identity): Promise<Place> {
    const own = fileNameOf(identity);
    const file = await this.#readFile(own);
    const issuer = file && issuerOf(file.credentials, this.#here);
    if (issuer === "here") return { name: own, file };
    for (const gateway of this.#here) {
      const name = gatewayFileNameOf(own, gateway);
      const apart = await this.#readFile(name);
      if (apart && issuerOf(apart.credentials, this.#here) === "here") return { name, file: apart };
    }
    const [gateway] = this.#here;
    if (!file || issuer !== "elsewhere" || gateway === undefined) return { name: own, file };
    this.#tellOther?.(identity, file.credentials);
    return { name: gatewayFileNameOf(own, gateway), file: undefined };
  }

  /** What is unknown whose stays as it is, unless it is this client: then it is known now. */
  #nameFor(credentials: SavedCredentials, identity: Identity, { name, file }: Place): string {
    const [gateway] = this.#here;
    const isKnown = !file || gateway === undefined || issuerOf(file.credentials, this.#here) === "here";
    const isSame =
      file?.credentials.clientId === credentials.clientId &&
      file.credentials.realmUrl === credentials.realmUrl;
    return isKnown || isSame ? name : gatewayFileNameOf(fileNameOf(identity), gateway);
  }

  #keyPath(name: string): string {
    return join(this.#keys, `${name}.pem`);
  }

  #proposedPath(name: string): string {
    return `${this.#keyPath(name)}.new`;
  }

  #credentialsPath(name: string): string {
    return join(this.#credentials, `${name}.json`);
  }

  /** The proposed key becomes the own one; another process that keeps the same may have been faster. */
  async #adopt(name: string, privateKeyPem: Secret): Promise<void> {
    try {
      await renamePrivateFile(this.#proposedPath(name), this.#keyPath(name));
    } catch (error) {
      if (!(await this.#readKeyFile(this.#keyPath(name)))?.equals(privateKeyPem)) throw error;
    }
  }

  async #withKey(file: SavedFile, name: string): Promise<SavedIdentity> {
    const privateKeyPem = await this.#ownKey(name, file.keyDigest);
    return { credentials: file.credentials, privateKeyPem, location: this.#credentialsPath(name) };
  }

  /** The key of a name; the proposed one when the credentials were saved with that, and the renaming is still to do. */
  async #ownKey(name: string, keyDigest: string | undefined): Promise<Secret | undefined> {
    const own = await this.#readKeyFile(this.#keyPath(name));
    if (keyDigest === undefined || (own !== undefined && digestOf(own) === keyDigest)) return own;
    const proposed = await this.#readKeyFile(this.#proposedPath(name));
    if (proposed === undefined || digestOf(proposed) !== keyDigest) return own;
    // Where nothing can be written, the key serves from where it is.
    await renamePrivateFile(this.#proposedPath(name), this.#keyPath(name)).catch(() => {});
    return proposed;
  }

  async #readKeyFile(path: string): Promise<Secret | undefined> {
    const text = await readPrivateFile(path, this.#modes);
    return text === undefined ? undefined : new Secret(text);
  }

  async #readFile(name: string): Promise<SavedFile | undefined> {
    const path = this.#credentialsPath(name);
    const text = await readPrivateFile(path, this.#modes);
    if (text === undefined) return undefined;
    const credentials = parseSavedCredentials(text);
    if (credentials) return { credentials, keyDigest: keyDigestOf(text) };
    this.#logger.warn(
      { path },
      "This file of saved credentials is damaged and counts as absent; it is left as it is.",
    );
    return undefined;
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
export function createFileStore(options: FileStoreOptions = {}): TellingStore {
  return new FileStore(options);
}

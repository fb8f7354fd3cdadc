/**
 * A caller's store as it is used for one gateway: by `forGateway` where it has that, else with one place for each
 * registration, of which what another gateway issued is neither taken nor overwritten.
 */
import type { Identity } from "../protocol/identity.js";
import type { Secret } from "../secret.js";
import { issuerOf, type TellOther } from "./issuing-gateway.js";
import type { CredentialStore, SavedCredentials, SavedIdentity, SavedKey, StoreLock } from "./store.js";

const otherGateway = () =>
  Object.assign(
    new Error(
      "The credential store has credentials of another gateway for this registration, and one place for each: give it forGateway(), or take them out.",
    ),
    { code: "OTHER_GATEWAY" },
  );

class GivenStore implements CredentialStore {
  readonly #store: CredentialStore;
  readonly #here: readonly string[];
  readonly #tellOther: TellOther;

  constructor(store: CredentialStore, here: readonly string[], tellOther: TellOther) {
    this.#store = store;
    this.#here = here;
    this.#tellOther = tellOther;
  }

  async load(identity: Identity): Promise<SavedIdentity | undefined> {
    const saved = await this.#store.load(identity);
    if (!saved || !this.#isOther(saved)) return saved;
    this.#tellOther(identity, saved.credentials);
    return undefined;
  }

  async readKey(identity: Identity): Promise<SavedKey | undefined> {
    return (await this.#isTaken(identity)) ? undefined : this.#store.readKey(identity);
  }

  proposeKey(identity: Identity, privateKeyPem: Secret): Promise<SavedKey> {
    return this.#store.proposeKey(identity, privateKeyPem);
  }

  async save(identity: Identity, credentials: SavedCredentials, privateKeyPem: Secret): Promise<void> {
    if (await this.#isTaken(identity)) throw otherGateway();
    await this.#store.save(identity, credentials, privateKeyPem);
  }

  lock(identity: Identity, signal: AbortSignal): Promise<StoreLock> {
    return this.#store.lock(identity, signal);
  }

  #isOther({ credentials }: SavedIdentity): boolean {
    return issuerOf(credentials, this.#here) === "elsewhere";
  }

  /** By another gateway. */
  async #isTaken(identity: Identity): Promise<boolean> {
    const saved = await this.#store.load(identity);
    return saved !== undefined && this.#isOther(saved);
  }
}

/** `here`: the names of the gateway, the first of which a store is asked by. */
export function storeForGateway(
  store: CredentialStore,
  here: readonly string[],
  tellOther: TellOther,
): CredentialStore {
  const [name] = here;
  if (name === undefined) return store;
  return new GivenStore(store.forGateway?.(name) ?? store, here, tellOther);
}

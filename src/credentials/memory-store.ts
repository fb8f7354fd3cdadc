/** Keeps keys and credentials in memory: for tests, and for processes whose identity must not outlive them. */
import { registrationKey } from "../protocol/identity.js";
import type { Secret } from "../secret.js";
import type { CredentialStore, SavedCredentials, SavedKey } from "./store.js";

const location = "memory";
/** Nobody else can reach this memory, so there is nobody to wait for. */
const noLock = { release: async () => {} };

/** A {@link CredentialStore} that forgets everything with the process. */
export function createMemoryStore(): CredentialStore {
  const own = new Map<string, Secret>();
  const proposed = new Map<string, Secret>();
  const saved = new Map<string, SavedCredentials>();
  const asKey = (privateKeyPem: Secret): SavedKey => ({ privateKeyPem, location });
  return {
    async load(identity) {
      const id = registrationKey(identity);
      const credentials = saved.get(id);
      return credentials && { credentials, privateKeyPem: own.get(id), location };
    },
    async readKey(identity) {
      const privateKeyPem = own.get(registrationKey(identity));
      return privateKeyPem === undefined ? undefined : asKey(privateKeyPem);
    },
    async proposeKey(identity, privateKeyPem) {
      const id = registrationKey(identity);
      const kept = proposed.get(id) ?? privateKeyPem;
      proposed.set(id, kept);
      return asKey(kept);
    },
    async save(identity, credentials, privateKeyPem) {
      const id = registrationKey(identity);
      saved.set(id, credentials);
      own.set(id, privateKeyPem);
      proposed.delete(id);
    },
    async lock() {
      return noLock;
    },
  };
}

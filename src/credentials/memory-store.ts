/** Keeps keys and credentials in memory: for tests, and for processes whose identity must not outlive them. */
import { registrationKey } from "../protocol/identity.js";
import type { CredentialStore, SavedCredentials } from "./store.js";

/** A {@link CredentialStore} that forgets everything with the process. */
export function createMemoryStore(): CredentialStore {
  const keys = new Map<string, string>();
  const saved = new Map<string, SavedCredentials>();
  return {
    async load(identity) {
      const id = registrationKey(identity);
      const credentials = saved.get(id);
      return credentials && { credentials, privateKeyPem: keys.get(id), location: "memory" };
    },
    async readKey(identity) {
      const privateKeyPem = keys.get(registrationKey(identity));
      return privateKeyPem === undefined ? undefined : { privateKeyPem, location: "memory" };
    },
    async createKey(identity, privateKeyPem) {
      const id = registrationKey(identity);
      if (keys.has(id)) return false;
      keys.set(id, privateKeyPem);
      return true;
    },
    async saveCredentials(identity, credentials) {
      saved.set(registrationKey(identity), credentials);
    },
  };
}

/**
 * Gives an identity its key pair for a registration: the kept one, or a new one that is kept before it is
 * used. A key that cannot be used is refused, never replaced.
 */
import type { Logger } from "../logger.js";
import { type Identity, registrationKey } from "../protocol/identity.js";
import { CredentialError } from "./credentials.js";
import { generatePrivateKey, KeyError, registrablePublicKey } from "./keys.js";
import { storeFailure } from "./saved-identities.js";
import type { CredentialStore, SavedKey } from "./store.js";

export interface KeyPair {
  readonly privateKeyPem: string;
  /** SPKI PEM. */
  readonly publicKeyPem: string;
}

async function keepNew(
  identity: Identity,
  store: CredentialStore,
  logger: Logger,
): Promise<SavedKey | undefined> {
  // When another process was faster, its key is the one: both then register the same.
  if (await store.createKey(identity, await generatePrivateKey())) {
    logger.info({ registration: registrationKey(identity) }, "A key pair is made.");
  }
  return store.readKey(identity);
}

/** Rejects with {@link CredentialError}: the store fails, or the kept key cannot be registered. */
export async function keyPairFor(
  identity: Identity,
  store: CredentialStore,
  logger: Logger,
): Promise<KeyPair> {
  let kept: SavedKey | undefined;
  try {
    kept = (await store.readKey(identity)) ?? (await keepNew(identity, store, logger));
  } catch (error) {
    throw storeFailure(error, "keeping the private key");
  }
  if (!kept) {
    const detail = "The credential store took a new private key and does not give it back.";
    throw new CredentialError({ cause: "credentials-unavailable", code: "STORE_FAILED", detail });
  }
  const { privateKeyPem, location } = kept;
  try {
    return { privateKeyPem, publicKeyPem: registrablePublicKey(privateKeyPem) };
  } catch (error) {
    const code = error instanceof KeyError ? error.code : "KEY_UNREADABLE";
    const why = error instanceof KeyError ? error.message : "The private key cannot be read.";
    const detail = `${why} It is not replaced: move ${location} away to have a new key made.`;
    throw new CredentialError({ cause: "credentials-exchange-failed", code, detail });
  }
}

/**
 * Gives an identity its key pair for a registration: its own, or a new one that is kept, under a name of its own,
 * before it is used. A key that cannot be used is refused, never replaced; the new key takes the old one's place
 * only when the registration has succeeded.
 */
import type { Logger } from "../logger.js";
import { type Identity, registrationKey } from "../protocol/identity.js";
import type { Secret } from "../secret.js";
import { CredentialError } from "./credentials.js";
import { generatePrivateKey, KeyError, registrablePublicKey, signingAlgorithm } from "./keys.js";
import type { CredentialStore, SavedKey } from "./store.js";
import { storeFailure } from "./store-failure.js";

export interface KeyPair {
  readonly privateKeyPem: Secret;
  /** SPKI PEM. */
  readonly publicKeyPem: string;
}

/** The identity's own key when it can be registered; an RSA key of an older installation cannot, and is left alone. */
async function keyToRegister(identity: Identity, store: CredentialStore, logger: Logger): Promise<SavedKey> {
  const own = await store.readKey(identity);
  if (own && usedBy(own, signingAlgorithm) === "ES256") return own;
  const mine = await generatePrivateKey();
  const kept = await store.proposeKey(identity, mine);
  if (kept.privateKeyPem.equals(mine))
    logger.debug({ registration: registrationKey(identity) }, "A key pair is made.");
  return kept;
}

/** Rejects, naming the key's place and what to do, when the key cannot be used for this. */
function usedBy<T>({ privateKeyPem, location }: SavedKey, use: (pem: Secret) => T): T {
  try {
    return use(privateKeyPem);
  } catch (error) {
    const code = error instanceof KeyError ? error.code : "KEY_UNREADABLE";
    const why = error instanceof KeyError ? error.message : "The private key cannot be read.";
    const detail = `${why} It is not replaced: move ${location} away to have a new key made.`;
    throw new CredentialError({ cause: "credentials-exchange-failed", code, detail });
  }
}

/** Rejects with {@link CredentialError}: the store fails, or the kept key cannot be used. */
export async function keyPairFor(
  identity: Identity,
  store: CredentialStore,
  logger: Logger,
): Promise<KeyPair> {
  let kept: SavedKey;
  try {
    kept = await keyToRegister(identity, store, logger);
  } catch (error) {
    throw storeFailure(error, "keeping the private key");
  }
  return { privateKeyPem: kept.privateKeyPem, publicKeyPem: usedBy(kept, registrablePublicKey) };
}

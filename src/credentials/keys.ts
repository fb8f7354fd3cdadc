/**
 * Owns the key pairs: making one, reading one in any of the usual PEM forms, and getting it ready for
 * signing. Does not know where keys are kept. Key text and the crypto library's words never leave this file.
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { importPKCS8 } from "jose";

/** A key that cannot be used. `code`: KEY_UNREADABLE, or KEY_UNSUPPORTED for a kind the protocol has no algorithm for. */
export class KeyError extends Error {
  readonly code: "KEY_UNREADABLE" | "KEY_UNSUPPORTED";
  constructor(code: KeyError["code"], message: string) {
    super(message);
    this.name = "KeyError";
    this.code = code;
  }
}

/** A key that signs client assertions. */
export interface SigningKey {
  readonly algorithm: "ES256" | "RS256";
  readonly key: Awaited<ReturnType<typeof importPKCS8>>;
}

const generate = promisify(generateKeyPair);

/** A new EC P-256 private key as PKCS#8 PEM (`protocol/authentication.md` §4). */
export async function generatePrivateKey(): Promise<string> {
  const { privateKey } = await generate("ec", { namedCurve: "prime256v1" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function parse(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new KeyError(
      "KEY_UNREADABLE",
      "The private key is not an unencrypted PEM (PKCS#8, SEC1 EC or PKCS#1 RSA).",
    );
  }
}

const isP256 = (key: KeyObject) =>
  key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";

/** The public half to register, as SPKI PEM. Throws {@link KeyError} unless the key is EC P-256. */
export function registrablePublicKey(privateKeyPem: string): string {
  const key = parse(privateKeyPem);
  if (!isP256(key)) throw new KeyError("KEY_UNSUPPORTED", "Only an EC P-256 key can be registered.");
  return createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
}

function algorithmOf(key: KeyObject): SigningKey["algorithm"] {
  if (isP256(key)) return "ES256";
  if (key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048)
    return "RS256";
  throw new KeyError(
    "KEY_UNSUPPORTED",
    "Signing needs an EC P-256 key, or an RSA key of at least 2048 bits.",
  );
}

/** Reads PKCS#8, SEC1 EC and PKCS#1 RSA alike. Rejects with {@link KeyError}. */
export async function loadSigningKey(privateKeyPem: string): Promise<SigningKey> {
  const key = parse(privateKeyPem);
  const algorithm = algorithmOf(key);
  // jose and WebCrypto take PKCS#8 only.
  const pkcs8 = key.export({ type: "pkcs8", format: "pem" }).toString();
  return { algorithm, key: await importPKCS8(pkcs8, algorithm) };
}

/**
 * Owns the key pairs: making one, reading one in any of the usual PEM forms, and getting it ready for
 * signing. Does not know where keys are kept. Key text and the crypto library's words never leave this file.
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import type { importPKCS8 } from "jose";
import { nodeUtil } from "../late-modules.js";
import { Secret } from "../secret.js";

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

/** A new EC P-256 private key as PKCS#8 PEM (docs/protocol.md, "Keys"). */
export async function generatePrivateKey(): Promise<Secret> {
  const { privateKey } = await nodeUtil().promisify(generateKeyPair)("ec", { namedCurve: "prime256v1" });
  return new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
}

/** What is wrong with a text that is no private key; names what is there by its PEM label only. */
function complaint(pem: string): string {
  if (pem.trim() === "") return "The private key is empty.";
  const label = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(pem)?.[1];
  if (label === undefined)
    return "The private key is no PEM text: it has no -----BEGIN PRIVATE KEY----- line.";
  if (/^ENCRYPTED |Proc-Type: 4,ENCRYPTED/m.test(`${label}\n${pem}`))
    return "The private key is encrypted, and nobody is there to give a passphrase: save it without one.";
  if (label === "OPENSSH PRIVATE KEY")
    return "The private key is in OpenSSH's own form: convert it to PEM (PKCS#8).";
  if (label.endsWith("PRIVATE KEY") || label === "EC PARAMETERS")
    return "The private key is damaged: its PEM text cannot be read as PKCS#8, SEC1 EC or PKCS#1 RSA.";
  return "A private key is expected, and there is a certificate, a public key or something else.";
}

/** Types do not hold a store that is written in JavaScript. */
const noSecret = "The store gave a private key that is no Secret: wrap its text in new Secret(text).";

function parse(privateKeyPem: Secret): KeyObject {
  if (!(privateKeyPem instanceof Secret)) throw new KeyError("KEY_UNREADABLE", noSecret);
  const pem = privateKeyPem.reveal();
  try {
    return createPrivateKey(pem);
  } catch {
    throw new KeyError("KEY_UNREADABLE", complaint(pem));
  }
}

function kindOf(key: KeyObject): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "ec") return `an EC key on the curve ${details?.namedCurve}`;
  if (type === "rsa") return `an RSA key of ${details?.modulusLength} bits`;
  return `a key of type ${type}`;
}

function algorithmOf(key: KeyObject): SigningKey["algorithm"] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "ec" && details?.namedCurve === "prime256v1") return "ES256";
  if (type === "rsa" && (details?.modulusLength ?? 0) >= 2048) return "RS256";
  const needed = "signing needs an EC P-256 key, or an RSA key of at least 2048 bits";
  throw new KeyError("KEY_UNSUPPORTED", `This is ${kindOf(key)}: ${needed}.`);
}

/** What a key signs with. Throws {@link KeyError} for one that cannot be used at all. */
export function signingAlgorithm(privateKeyPem: Secret): SigningKey["algorithm"] {
  return algorithmOf(parse(privateKeyPem));
}

/** The public half to register, as SPKI PEM. Throws {@link KeyError} unless the key is EC P-256. */
export function registrablePublicKey(privateKeyPem: Secret): string {
  const key = parse(privateKeyPem);
  if (algorithmOf(key) !== "ES256")
    throw new KeyError("KEY_UNSUPPORTED", `This is ${kindOf(key)}: only an EC P-256 key can be registered.`);
  return createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
}

/** Reads PKCS#8, SEC1 EC and PKCS#1 RSA alike. Rejects with {@link KeyError}. */
export async function loadSigningKey(privateKeyPem: Secret): Promise<SigningKey> {
  const key = parse(privateKeyPem);
  const algorithm = algorithmOf(key);
  // jose and WebCrypto take PKCS#8 only.
  const pkcs8 = key.export({ type: "pkcs8", format: "pem" }).toString();
  // Loaded with the first key: it takes 70 ms, and most registrations have none.
  const jose = await import("jose");
  return { algorithm, key: await jose.importPKCS8(pkcs8, algorithm) };
}

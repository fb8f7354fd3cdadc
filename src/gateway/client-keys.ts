/**
 * Public keys that clients prove themselves with: PEM (SPKI) or JWK becomes one JWK with its algorithm. Private
 * keys and keys that are too weak are refused.
 */
import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { invalidConfig } from "../errors.js";

/** The algorithms of the token server's clients. */
export type ClientAlgorithm = "ES256" | "ES384" | "RS256" | "Ed25519";

export interface ClientKey {
  readonly jwk: JsonWebKey;
  readonly algorithm: ClientAlgorithm;
  /** Hexadecimal SHA-256 of the SPKI form: names the key to people. */
  readonly fingerprint: string;
}

const expected =
  "Expected an EC P-256 or P-384, RSA (2048 bits or more) or Ed25519 public key, as SPKI PEM or JWK.";

const refused = (what: string) => invalidConfig(`"publicKey" ${what}. ${expected}`);

const curves: Readonly<Record<string, ClientAlgorithm>> = { prime256v1: "ES256", secp384r1: "ES384" };

function algorithmOf(key: KeyObject): ClientAlgorithm {
  const { namedCurve = "", modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "ec": {
      const algorithm = curves[namedCurve];
      if (!algorithm) throw refused("is an EC key of another curve");
      return algorithm;
    }
    case "rsa":
      if (modulusLength < 2_048) throw refused(`is an RSA key of ${modulusLength} bits`);
      return "RS256";
    case "ed25519":
      return "Ed25519";
    default:
      throw refused("is of a kind that no algorithm is known for");
  }
}

function jwkOf(given: string | object): JsonWebKey | undefined {
  if (typeof given === "object") return { ...given };
  if (!given.trimStart().startsWith("{")) return undefined;
  try {
    const parsed: unknown = JSON.parse(given);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : undefined;
  } catch {
    throw refused("is no valid JSON");
  }
}

function parse(given: string | object): KeyObject {
  const jwk = jwkOf(given);
  if (jwk ? "d" in jwk || "k" in jwk : /PRIVATE KEY/.test(String(given)))
    throw refused("holds a private key, which must not leave its owner");
  try {
    return jwk ? createPublicKey({ key: jwk, format: "jwk" }) : createPublicKey(String(given));
  } catch {
    throw refused("cannot be read");
  }
}

/** Reads a public key, given as PEM, as the text of a JWK, or as a JWK. Throws INVALID_CONFIG; never quotes the key. */
export function parseClientKey(given: string | object): ClientKey {
  const key = parse(given);
  const algorithm = algorithmOf(key);
  const spki = key.export({ type: "spki", format: "der" });
  return {
    algorithm,
    // Exported again, so that members which are no part of the key are left behind.
    jwk: key.export({ format: "jwk" }),
    fingerprint: createHash("sha256").update(spki).digest("hex"),
  };
}

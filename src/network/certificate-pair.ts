/**
 * Looks at a certificate and its key before a handshake needs them: OpenSSL's own words name neither the option nor
 * the file.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { codeOf } from "../errors.js";
import { nodeTls } from "../late-modules.js";

export const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const keyBlock = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/;
const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** What people call the two: the options, with their files where they have some. */
export interface PairNames {
  readonly cert: string;
  readonly key: string;
}

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

function certificates(pem: string): readonly X509Certificate[] | undefined {
  try {
    return (pem.match(certificateBlock) ?? []).map((one) => new X509Certificate(one));
  } catch {
    return undefined;
  }
}

/** The certificates of a text, at least one; or what is wrong with it, in a sentence. */
function certificatesOrFault(name: string, pem: string): readonly X509Certificate[] | string {
  const found = certificates(pem);
  if (found === undefined)
    return `${name} holds a certificate that cannot be read: it is damaged, or no X.509 certificate.`;
  if (found.length > 0) return found;
  const other = keyBlock.test(pem) ? ", but a private key: it belongs into the other option" : "";
  return `${name} holds no certificate (PEM)${other}.`;
}

/** What is wrong with a text of certificates, in a sentence; undefined when nothing is. */
export function certificateFault(name: string, pem: string): string | undefined {
  const found = certificatesOrFault(name, pem);
  return typeof found === "string" ? found : undefined;
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

/** What is wrong with a certificate or its key, in a sentence; undefined when nothing is. */
export function pairFault({ cert, key }: Pair, names: PairNames): string | undefined {
  const found = certificatesOrFault(names.cert, cert);
  if (typeof found === "string") return found;
  if (!keyBlock.test(key)) return `${names.key} holds no private key (PEM).`;
  if (isEncrypted.test(key)) return `${names.key} is encrypted: give a key without a passphrase.`;
  const privateKey = readKey(key);
  if (!privateKey) return `${names.key} holds a private key that cannot be read: it is damaged.`;
  if (!found[0]?.checkPrivateKey(privateKey))
    return `${names.key} does not belong to ${names.cert}: give the key that its first certificate was made for.`;
  try {
    nodeTls().createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return `${names.cert} and ${names.key} cannot be used for TLS (${codeOf(error)}).`;
  }
}

/** What is to be said of when a certificate counts; undefined while it does. */
export function dateWarning(name: string, cert: string, now: number): string | undefined {
  const [first] = certificates(cert) ?? [];
  if (!first) return undefined;
  if (Date.parse(first.validTo) < now)
    return `${name} has expired (${first.validTo}): whoever checks it refuses the connection. Renew it.`;
  if (Date.parse(first.validFrom) > now)
    return `${name} does not count yet (from ${first.validFrom}): whoever checks it refuses the connection. Look at this computer's clock.`;
  return undefined;
}

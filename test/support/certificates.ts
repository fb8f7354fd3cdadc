/** Certificates for tests: a CA, and what it signs. Made once per process. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

cryptoProvider.set(webcrypto as never);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) };

const keyPair = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

async function pemKey(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
}

export interface Authority {
  readonly ca: string;
  /** A certificate for these names, with its key. */
  issue(...names: readonly string[]): Promise<{ readonly cert: string; readonly key: string }>;
}

export async function authority(name = "CN=Test CA", dates = validity): Promise<Authority> {
  const keys = await keyPair();
  const root: X509Certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name,
    ...dates,
    signingAlgorithm: algorithm,
    keys: keys as never,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  let serial = 1;
  return {
    ca: root.toString("pem"),
    async issue(...names) {
      serial += 1;
      const own = await keyPair();
      const entries = names.map((one) => ({
        type: /^[\d.:]+$/.test(one) ? ("ip" as const) : ("dns" as const),
        value: one,
      }));
      const certificate = await X509CertificateGenerator.create({
        serialNumber: serial.toString(16).padStart(2, "0"),
        subject: `CN=${names[0]}`,
        issuer: root.subject,
        ...dates,
        signingAlgorithm: algorithm,
        publicKey: own.publicKey as never,
        signingKey: keys.privateKey as never,
        extensions: [new SubjectAlternativeNameExtension(entries)],
      });
      return { cert: certificate.toString("pem"), key: await pemKey(own) };
    },
  };
}

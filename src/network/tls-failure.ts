/** Node's codes of TLS connections that do not open, and what to do about each. */
import { timeText } from "../clock-difference.js";

const authority = "set MATRIX_TLS_CA_CERT to the file of the gateway's certificate authority";

const advice: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: authority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: authority,
  UNABLE_TO_GET_ISSUER_CERT: authority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: authority,
  CERT_UNTRUSTED: authority,
  INVALID_CA: authority,
  DEPTH_ZERO_SELF_SIGNED_CERT: "set MATRIX_TLS_CA_CERT to the file of the gateway's certificate",
  CERT_SIGNATURE_FAILURE:
    "check that MATRIX_TLS_CA_CERT names the file of the gateway's certificate authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "dial the name that the certificate is for",
  CERT_HAS_EXPIRED: "renew the gateway's certificate, or set this computer's clock if it is wrong",
  CERT_NOT_YET_VALID:
    "set this computer's clock if it is wrong, or look at the dates of the gateway's certificate",
  CERT_REVOKED: "renew the gateway's certificate",
  TLS_OPTIONS: "check MATRIX_TLS_CA_CERT, tls.caFile and the client certificate",
};

/** A certificate is out of its time, or the clock is wrong: which of them shows from the time we have. */
const ofTime: ReadonlySet<string> = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);

/** OpenSSL's codes of certificates, which no beginning of theirs tells from others. */
export const isCertificateCode = (code: string): boolean => Object.hasOwn(advice, code);

/** What a TLS client meets where the other side answers without TLS. */
const noTls: ReadonlySet<string> = new Set([
  "EPROTO",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_RECORD_TOO_LARGE",
]);

/** Of addresses without TLS. */
export type PlainScheme = "grpc://" | "http://" | "ws://";

/** `plain`: the scheme for a port without TLS. Undefined for a code that is none of TLS's. */
export function tlsAdvice(code: string, plain: PlainScheme): string | undefined {
  if (noTls.has(code)) return `the port speaks no TLS: use ${plain}`;
  if (ofTime.has(code)) return `${advice[code]} (it shows ${timeText(Date.now())})`;
  if (isCertificateCode(code)) return advice[code];
  if (!/^(?:ERR_SSL|ERR_TLS|CERT)_/.test(code)) return undefined;
  return "check the certificates and the TLS versions of both sides";
}

/** ` by TLS (CODE): what to do`, to follow whom a call did not reach; empty for a code that is none of TLS's. */
export function becauseOfTls(code: string, plain: PlainScheme): string {
  const advised = tlsAdvice(code, plain);
  return advised === undefined ? "" : ` by TLS (${code}): ${advised}`;
}

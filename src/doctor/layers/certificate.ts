/** Judges the certificates that a server shows: whose they are, how long they last, and where their chain ends. */
import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { codeOf } from "../../errors.js";
import { certificateBlock } from "../../network/certificate-pair.js";
import type { Endpoint } from "../../protocol/endpoint.js";
import type { TlsOptions } from "../../transport/tls.js";
import type { Finding } from "../finding.js";
import { fixFor, gatewayFindings } from "./road.js";

const { ok, warn, fail } = gatewayFindings;

/** A certificate that ends sooner is worth a word. */
const soonDays = 14;

const dayMs = 24 * 60 * 60_000;

/** From the server's own to the last that is known. */
function chainOf(socket: TLSSocket): readonly DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  let one: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (one?.raw && !chain.includes(one)) {
    chain.push(one);
    one = one.issuerCertificate;
  }
  return chain;
}

/** Of other text in a certificate nothing is shown: whoever answers has written it. */
const hostName = /^(?:DNS:|IP Address:)([\w.*:-]{1,100})$/;

function namesIn({ subjectaltname = "" }: DetailedPeerCertificate): string {
  const names = subjectaltname.split(", ").flatMap((one) => hostName.exec(one)?.[1] ?? []);
  if (names.length === 0) return "nobody that can be named";
  return names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
}

function isOfSetting(one: DetailedPeerCertificate | undefined, { ca = "" }: TlsOptions): boolean {
  return (ca.match(certificateBlock) ?? []).some(
    (pem) => new X509Certificate(pem).fingerprint256 === one?.fingerprint256,
  );
}

const dayOf = (text: string | undefined): number => Date.parse(text ?? "");
const dayText = (ms: number): string =>
  Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : "an unknown day";

const ofIssuer: ReadonlySet<string> = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
]);

/** What shows of the certificates, to follow the code. */
function refusedFor(code: string, chain: readonly DetailedPeerCertificate[]): string {
  const [own] = chain;
  if (!own) return "";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return `: the certificate is for ${namesIn(own)}`;
  if (code === "CERT_HAS_EXPIRED") return `: the certificate ended on ${dayText(dayOf(own.valid_to))}`;
  if (code === "CERT_NOT_YET_VALID") return `: the certificate counts from ${dayText(dayOf(own.valid_from))}`;
  if (!ofIssuer.has(code)) return "";
  return chain.length === 1
    ? ": the server sends its own certificate alone, and its issuer is not trusted here"
    : `: of the server's chain of ${chain.length} no issuer is trusted here`;
}

function refused(code: string, chain: readonly DetailedPeerCertificate[], endpoint: Endpoint): Finding {
  const what = `TLS does not open (${code})${refusedFor(code, chain)}`;
  const fix = fixFor(code, endpoint);
  const isAlone = ofIssuer.has(code) && chain.length === 1;
  return fail(what, isAlone ? `${fix}, or have the server send its whole chain` : fix, code);
}

/** Node notes a code, though its type says an error. */
function codeAgainst(socket: TLSSocket): string | undefined {
  if (socket.authorized) return undefined;
  return codeOf(
    Object.assign(new Error("Not trusted."), { code: socket.authorizationError }),
    "CERT_UNTRUSTED",
  );
}

interface Judged {
  readonly endpoint: Endpoint;
  readonly tls: TlsOptions;
  readonly now: number;
}

/** Of a handshake that took any certificate. */
export function judgeCertificate(socket: TLSSocket, { endpoint, tls, now }: Judged): Finding {
  const chain = chainOf(socket);
  const code = codeAgainst(socket);
  if (code !== undefined && tls.insecure)
    return warn(
      `TLS opens; the certificate is not checked, and would be refused (${code})${refusedFor(code, chain)}`,
      `unset MATRIX_TLS_INSECURE, and ${fixFor(code, endpoint)}`,
      code,
    );
  if (code !== undefined) return refused(code, chain, endpoint);
  const end = dayOf(chain[0]?.valid_to);
  const days = Math.floor((end - now) / dayMs);
  const authority = isOfSetting(chain.at(-1), tls)
    ? "the authority of MATRIX_TLS_CA_CERT"
    : "a known authority";
  const whose = `the certificate is for ${endpoint.host}, by a chain of ${chain.length} from ${authority}`;
  const left = Number.isFinite(days) ? ` (${days} ${days === 1 ? "day" : "days"})` : "";
  if (days < soonDays)
    return warn(`TLS opens; ${whose}; it ends on ${dayText(end)}${left}`, "renew the gateway's certificate");
  return ok(`TLS opens; ${whose}; it is good until ${dayText(end)}${left}`);
}

/**
 * One TLS policy for every connection: system roots, an extra CA that adds to them, a client certificate, an
 * insecure switch for development. Files are read again at each dial, so that a rotation needs no restart.
 */
import { constants, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { codeOf } from "../errors.js";
import { readTextFileSync } from "../files/read-file.js";
import { nodeTls } from "../late-modules.js";
import { certificateBlock, type PairNames, pairFault } from "../network/certificate-pair.js";
import { TransportOpenError } from "./transport.js";

/** Options of `tls`: whom to trust, and who we are. Give a text or a file, not both. */
export interface TlsOptions {
  /**
   * Certificates (PEM) trusted in addition to the system's roots.
   * @default the system's roots alone
   */
  readonly ca?: string;
  /** The same as `ca`, in a file. Environment: `MATRIX_TLS_CA_CERT`. */
  readonly caFile?: string;
  /** Client certificate (PEM); needs its key. */
  readonly cert?: string;
  /** The same as `cert`, in a file; read again at each dial. */
  readonly certFile?: string;
  /** Key of the client certificate (PEM). */
  readonly key?: string;
  /** The same as `key`, in a file; read again at each dial. */
  readonly keyFile?: string;
  /**
   * The name the certificate must have.
   * @default the dialled host
   */
  readonly serverName?: string;
  /**
   * Accept any certificate; for development only, wins over `ca`. Environment: `MATRIX_TLS_INSECURE`.
   * @default false
   */
  readonly insecure?: boolean;
}

const unusable = (detail: string, code?: string): TransportOpenError =>
  new TransportOpenError({ cause: "tls", detail, ...(code ? { code } : {}) });

/** The text of an option, or of the file it names. */
function material(
  name: "ca" | "cert" | "key",
  text: string | undefined,
  file: string | undefined,
): string | undefined {
  if (text !== undefined || file === undefined) return text;
  try {
    return readTextFileSync(file);
  } catch (error) {
    const detail = `tls.${name}File cannot be read: ${file}. Check the path and its permissions.`;
    throw unusable(detail, codeOf(error));
  }
}

function authorities(options: TlsOptions): string[] | undefined {
  const ca = material("ca", options.ca, options.caFile);
  if (ca === undefined) return undefined;
  const found = ca.match(certificateBlock) ?? [];
  try {
    if (found.length === 0) throw new Error("No certificate.");
    for (const certificate of found) new X509Certificate(certificate);
  } catch {
    throw unusable(
      `${options.ca === undefined ? `tls.caFile (${options.caFile})` : "tls.ca"} holds no usable PEM certificate.`,
    );
  }
  return [...nodeTls().rootCertificates, ...found];
}

/** The options that a client certificate and its key came from. */
export function pairNames({ cert, certFile, key, keyFile }: TlsOptions): PairNames {
  return {
    cert: cert === undefined ? `tls.certFile ${certFile}` : "tls.cert",
    key: key === undefined ? `tls.keyFile ${keyFile}` : "tls.key",
  };
}

/** Whom to trust and who we are, as Node's TLS takes it; the same for streams and for HTTP calls. */
export interface TlsMaterial {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Reads the material now. Throws {@link TransportOpenError} (`tls`) for what is unusable. */
export function tlsMaterial(options: TlsOptions): TlsMaterial {
  const ca = options.insecure ? undefined : authorities(options);
  const cert = material("cert", options.cert, options.certFile);
  const key = material("key", options.key, options.keyFile);
  if ((cert === undefined) !== (key === undefined))
    throw unusable("tls.cert and tls.key (or their files) go together: one of them is missing.");
  if (cert !== undefined && key !== undefined) {
    const fault = pairFault({ cert, key }, pairNames(options));
    if (fault !== undefined) throw unusable(fault);
  }
  return {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(options.insecure ? { rejectUnauthorized: false } : {}),
  };
}

/** Whom the way to a proxy trusts that is reached by TLS; a client certificate is for the gateway alone. */
export function proxyTrust({
  insecure,
  ca,
  caFile,
}: TlsOptions): Pick<TlsMaterial, "ca" | "rejectUnauthorized"> {
  return tlsMaterial({
    ...(insecure === undefined ? {} : { insecure }),
    ...(ca === undefined ? {} : { ca }),
    ...(caFile === undefined ? {} : { caFile }),
  });
}

/** Options for one TLS connection to `host`, to agree on one of the protocols (ALPN). Throws {@link TransportOpenError} (`tls`) for unusable material. */
export function tlsConnectionOptions(
  options: TlsOptions,
  host: string,
  protocols: readonly string[],
): ConnectionOptions {
  const name = options.serverName ?? host;
  return {
    ALPNProtocols: [...protocols],
    // The protocol forbids a new handshake on TLS 1.2 (RFC 9113, section 9.2.1); a server that asks for one ends the connection.
    ...(protocols.includes("h2") ? { secureOptions: constants.SSL_OP_NO_RENEGOTIATION } : {}),
    ...(isIP(name) ? {} : { servername: name }),
    ...tlsMaterial(options),
  };
}

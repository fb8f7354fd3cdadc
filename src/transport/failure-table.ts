/**
 * What an error of sockets and TLS means: one table from error codes to `LinkFailure`, for every transport. What a
 * protocol has codes of its own for, its folder knows. Classification is by code, never by message text.
 */
import { codeOf } from "../errors.js";
import { ProxyError } from "../network/proxy/tunnel.js";
import { isCertificateCode, type PlainScheme, tlsAdvice } from "../network/tls-failure.js";
import { type LinkCause, type LinkFailure, type StreamEnding, TransportOpenError } from "./transport.js";

const unreachable = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
]);

/** What this machine itself refuses, and what to look at. */
const local: Readonly<Record<string, string>> = {
  EMFILE:
    "This process has as many files and sockets open as it may: raise its limit (ulimit -n, LimitNOFILE).",
  ENFILE: "This machine has as many files and sockets open as it may: raise fs.file-max.",
  EACCES: "This machine does not allow the connection: look at its firewall and the sandbox of this process.",
  EPERM: "This machine does not allow the connection: look at its firewall and the sandbox of this process.",
  EINVAL: "This machine cannot connect to such an address: check the host and port in url.",
  EAFNOSUPPORT: "This machine has no addresses of that kind: check whether IPv4 and IPv6 are on.",
  EADDRNOTAVAIL:
    "This machine has no local port or address left for the connection: look at ip_local_port_range.",
  EADDRINUSE: "This machine has no local port left for the connection: look at ip_local_port_range.",
  ENOBUFS: "This machine has no memory left for sockets.",
  ENOMEM: "This machine has no memory left.",
};

const anyTls = "Check tls.caFile, the host name in url and the client certificate.";

function causeOfCode(code: string): LinkCause | undefined {
  if (Object.hasOwn(local, code)) return "local-error";
  if (unreachable.has(code)) return "unreachable";
  if (code === "ETIMEDOUT") return "connect-timeout";
  if (
    // Of a TLS client to whom the other side answers without TLS.
    code === "EPROTO" ||
    isCertificateCode(code) ||
    code.startsWith("ERR_TLS_") ||
    code.startsWith("ERR_SSL_") ||
    code.startsWith("ERR_OSSL_") ||
    code.startsWith("HOSTNAME_")
  )
    return "tls";
  if (["ECONNRESET", "EPIPE", "ECONNABORTED"].includes(code) || code.startsWith("ERR_STREAM_"))
    return "connection-lost";
  return undefined;
}

/** The innermost Node error code in a chain of causes. */
export function nodeCode(error: unknown): string | undefined {
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 8; one = one.cause, depth += 1) {
    const code = codeOf(one, "");
    if (code) return code;
    if (one instanceof AggregateError) return one.errors.map(nodeCode).find((code) => code !== undefined);
  }
  return undefined;
}

function ownFailure(error: unknown): LinkFailure | undefined {
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 8; one = one.cause, depth += 1) {
    if (one instanceof TransportOpenError) return one.failure;
    if (one instanceof ProxyError) return { cause: "proxy-failed", code: one.code, detail: one.message };
  }
  return undefined;
}

function detailOf(cause: LinkCause, code: string | undefined, plain: PlainScheme): string | undefined {
  if (cause === "local-error") return local[code ?? ""];
  if (cause !== "tls") return undefined;
  const advised = code && tlsAdvice(code, plain);
  return advised ? `TLS failed: ${advised}. ${anyTls}` : anyTls;
}

/**
 * A connection that could not be made, or broke. `protocol` has what the codes of a transport's own protocol mean;
 * a code that nobody knows means `otherwise`. `plain`: the transport's scheme for a port without TLS.
 */
export function linkFailure(
  error: unknown,
  otherwise: LinkCause,
  protocol: (code: string) => LinkCause | undefined = () => undefined,
  plain: PlainScheme = "grpc://",
): LinkFailure {
  const known = ownFailure(error);
  if (known) return known;
  const code = nodeCode(error);
  const cause = (code && (causeOfCode(code) ?? protocol(code))) || otherwise;
  const detail = detailOf(cause, code, plain);
  return { cause, ...(code ? { code } : {}), ...(detail ? { detail } : {}) };
}

/** The ending of a stream that we ended ourselves, at once. */
export const abortedByUs: StreamEnding = {
  by: "local",
  failure: { cause: "outbound-closed" },
};

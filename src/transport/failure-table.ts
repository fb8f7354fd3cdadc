/**
 * What an error of the layers below means: one table from error codes and gRPC statuses to `LinkFailure`.
 * Classification is by code and by who ended the stream, never by message text.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { type LinkCause, type LinkFailure, type StreamEnding, TransportOpenError } from "./transport.js";

const unreachable = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "EHOSTDOWN",
  "ENETDOWN",
]);

const tlsCodes = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
]);

const tlsAdvice = "Check tls.caFile, the host name in url and the client certificate.";

function causeOfCode(code: string): LinkCause | undefined {
  if (unreachable.has(code)) return "unreachable";
  if (code === "ETIMEDOUT") return "connect-timeout";
  if (
    tlsCodes.has(code) ||
    code.startsWith("ERR_TLS_") ||
    code.startsWith("ERR_SSL_") ||
    code.startsWith("HOSTNAME_")
  )
    return "tls";
  // The peer answered, but not in HTTP/2: nghttp2 met bytes that are no frame.
  if (code === "ERR_HTTP2_ERROR") return "not-grpc";
  if (["ECONNRESET", "EPIPE", "ECONNABORTED"].includes(code) || code.startsWith("ERR_HTTP2_"))
    return "connection-lost";
  return undefined;
}

/** The innermost Node error code in a chain of causes. */
export function nodeCode(error: unknown): string | undefined {
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 8; one = one.cause, depth += 1) {
    if ("code" in one && typeof one.code === "string") return one.code;
    if (one instanceof AggregateError) return one.errors.map(nodeCode).find((code) => code !== undefined);
  }
  return undefined;
}

/** A connection that could not be made, or broke. */
export function linkFailure(error: unknown, otherwise: LinkCause): LinkFailure {
  if (error instanceof TransportOpenError) return error.failure;
  const code = nodeCode(error);
  const cause = (code && causeOfCode(code)) || otherwise;
  return { cause, ...(code ? { code } : {}), ...(cause === "tls" ? { detail: tlsAdvice } : {}) };
}

/** `UNAVAILABLE` for 14, and so on. */
export function statusName(code: Code): string {
  return (Code[code] ?? String(code)).replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
}

/** The peer's hint in ms, from the header fields in use for it. */
function retryHint(metadata: Headers): number | undefined {
  const milliseconds = metadata.get("grpc-retry-pushback-ms") ?? metadata.get("x-retry-after-ms");
  const seconds = metadata.get("retry-after");
  const hint =
    milliseconds !== null ? Number(milliseconds) : seconds !== null ? Number(seconds) * 1_000 : Number.NaN;
  return Number.isFinite(hint) && hint >= 0 ? hint : undefined;
}

/** HTTP answers without a gRPC status: the peer is something else, or a proxy in between speaks for it. */
function causeWithoutStatus(error: ConnectError): LinkCause {
  switch (error.code) {
    case Code.ResourceExhausted:
      return "message-too-large";
    case Code.Unimplemented:
    case Code.InvalidArgument:
    case Code.Unauthenticated:
    case Code.PermissionDenied:
      return "not-grpc";
    default:
      return "connection-lost";
  }
}

/** How a stream ended, from what reading it threw (undefined: a clean end). `aborted`: we ended it ourselves. */
export function streamEnding(error: unknown, aborted: boolean, connectionError: unknown): StreamEnding {
  if (aborted)
    return {
      by: "local",
      status: Code.Canceled,
      statusFromPeer: false,
      failure: { cause: "outbound-closed" },
    };
  if (error === undefined)
    return { by: "peer", status: 0, statusFromPeer: true, failure: { cause: "server-closed" } };
  const wire = ConnectError.from(error);
  if (wire.metadata.has("grpc-status")) {
    const retryAfterMs = retryHint(wire.metadata);
    const failure: LinkFailure = {
      cause: "status",
      code: statusName(wire.code),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
    return { by: "peer", status: wire.code, statusFromPeer: true, failure };
  }
  const failure = connectionError
    ? linkFailure(connectionError, "connection-lost")
    : linkFailure(wire, causeWithoutStatus(wire));
  return { by: "link", status: wire.code, statusFromPeer: false, failure };
}

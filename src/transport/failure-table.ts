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
    code.startsWith("ERR_OSSL_") ||
    code.startsWith("HOSTNAME_")
  )
    return "tls";
  // The peer answered, but not in HTTP/2: nghttp2 met bytes that are no frame.
  if (code === "ERR_HTTP2_ERROR") return "not-grpc";
  if (["ECONNRESET", "EPIPE", "ECONNABORTED"].includes(code) || /^ERR_(HTTP2|STREAM)_/.test(code))
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

function ownFailure(error: unknown): LinkFailure | undefined {
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 8; one = one.cause, depth += 1) {
    if (one instanceof TransportOpenError) return one.failure;
  }
  return undefined;
}

/** A connection that could not be made, or broke. */
export function linkFailure(error: unknown, otherwise: LinkCause): LinkFailure {
  const known = ownFailure(error);
  if (known) return known;
  const code = nodeCode(error);
  const cause = (code && causeOfCode(code)) || otherwise;
  return { cause, ...(code ? { code } : {}), ...(cause === "tls" ? { detail: tlsAdvice } : {}) };
}

/** `UNAVAILABLE` for 14, and so on. */
export function statusName(code: Code): string {
  return (Code[code] ?? String(code)).replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
}

/** The peer's hint in ms, from the header fields in use for it. */
export function retryHint(field: (name: string) => string | null | undefined): number | undefined {
  const milliseconds = field("grpc-retry-pushback-ms") ?? field("x-retry-after-ms");
  const seconds = field("retry-after");
  const hint = milliseconds ? Number(milliseconds) : seconds ? Number(seconds) * 1_000 : Number.NaN;
  return Number.isFinite(hint) && hint >= 0 ? hint : undefined;
}

/** HTTP answers without a gRPC status: the peer is something else, or a proxy in between speaks for it. */
function causeWithoutStatus(error: ConnectError): LinkCause {
  switch (error.code) {
    case Code.ResourceExhausted:
      return "message-too-large";
    case Code.Unknown:
      // Without header fields it is the content type; with them an HTTP 500, which may pass.
      return [...error.metadata].length === 0 ? "not-grpc" : "connection-lost";
    case Code.Unimplemented:
    case Code.InvalidArgument:
    case Code.Unauthenticated:
    case Code.PermissionDenied:
      return "not-grpc";
    default:
      return "connection-lost";
  }
}

/** The ending of a stream that we ended ourselves, at once. */
export const abortedByUs: StreamEnding = {
  by: "local",
  status: Code.Canceled,
  statusFromPeer: false,
  failure: { cause: "outbound-closed" },
};

export interface EndingFacts {
  /** What reading threw; undefined for a clean end. */
  readonly error: unknown;
  /** We had half-closed before. */
  readonly finished: boolean;
  /** Why the connection is over, when it is. */
  readonly channelFailure: LinkFailure | undefined;
}

/** How a stream ended that we did not abort. */
export function streamEnding({ error, finished, channelFailure }: EndingFacts): StreamEnding {
  if (error === undefined)
    return {
      by: finished ? "local" : "peer",
      status: 0,
      statusFromPeer: true,
      failure: { cause: "server-closed" },
    };
  // Connect makes every error of the wire one of its own: others come from our side of the reading.
  if (!(error instanceof ConnectError))
    return { by: "local", status: Code.Unknown, statusFromPeer: false, failure: { cause: "internal" } };
  const wire = error;
  if (wire.metadata.has("grpc-status")) {
    const retryAfterMs = retryHint((name) => wire.metadata.get(name));
    const failure: LinkFailure = {
      cause: "status",
      code: statusName(wire.code),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
    return { by: "peer", status: wire.code, statusFromPeer: true, failure };
  }
  if (channelFailure?.cause === "outbound-closed") return abortedByUs;
  const seen = linkFailure(wire, causeWithoutStatus(wire));
  const failure = seen.cause === "connection-lost" ? (channelFailure ?? seen) : seen;
  return { by: "link", status: wire.code, statusFromPeer: false, failure };
}

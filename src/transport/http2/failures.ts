/** What an error of `node:http2` means, beside those of sockets and TLS; and the hints in a peer's header fields. */
import { retryAfterMs } from "../../network/retry-after.js";
import { linkFailure, nodeCode } from "../failure-table.js";
import type { LinkCause, LinkFailure } from "../transport.js";
import { goawayError, withoutHttp2 } from "./loss.js";

function causeOfCode(code: string): LinkCause | undefined {
  // The peer answered, but not in HTTP/2: nghttp2 met bytes that are no frame.
  if (code === "ERR_HTTP2_ERROR") return "wrong-protocol";
  return code.startsWith("ERR_HTTP2_") ? "connection-lost" : undefined;
}

/** A connection that could not be made, or broke. */
export function http2Failure(error: unknown, otherwise: LinkCause): LinkFailure {
  if (nodeCode(error) === "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL") return withoutHttp2;
  const isTold = error instanceof Error && nodeCode(error) === "ERR_HTTP2_SESSION_ERROR";
  const goaway = isTold ? goawayError(error) : undefined;
  return goaway ?? linkFailure(error, otherwise, causeOfCode);
}

/** The peer's hint in ms, from the header fields in use for it. */
export function retryHint(field: (name: string) => string | null | undefined): number | undefined {
  const milliseconds = field("grpc-retry-pushback-ms") ?? field("x-retry-after-ms");
  const after = field("retry-after")?.trim();
  if (!milliseconds) return after ? retryAfterMs(after, Date.now()) : undefined;
  const hint = Number(milliseconds);
  return Number.isFinite(hint) && hint >= 0 ? hint : undefined;
}

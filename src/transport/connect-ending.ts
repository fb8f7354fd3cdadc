/** How a Connect stream ended: from what reading it threw to a `StreamEnding`. */
import { Code, ConnectError } from "@connectrpc/connect";
import { abortedByUs, linkFailure, retryHint } from "./failure-table.js";
import { statusName } from "./grpc-status.js";
import type { LinkCause, LinkFailure, StreamEnding } from "./transport.js";

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

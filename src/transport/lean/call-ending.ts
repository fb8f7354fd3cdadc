/** What the end of a lean stream means: from header fields, trailers and reset codes to a `StreamEnding`. */
import type { IncomingHttpHeaders } from "node:http2";
import { linkFailure, nodeCode, retryHint } from "../failure-table.js";
import { GrpcStatus, isGrpcContent, statusName } from "../grpc-status.js";
import { peersWords, resetLoss, withoutStatus } from "../loss.js";
import type { LinkCause, LinkFailure, StreamEnding } from "../transport.js";
import type { FrameFault } from "./frame-reader.js";

const local = (cause: LinkCause, detail: string, status: number, code?: string): StreamEnding => ({
  by: "link",
  status,
  statusFromPeer: false,
  failure: { cause, detail, ...(code === undefined ? {} : { code }) },
});

const hintIn = (headers: IncomingHttpHeaders): number | undefined =>
  retryHint((name) => headers[name]?.toString());

/** A frame or message that cannot be taken. */
export function brokenFrame(fault: FrameFault | "undecodable" | "truncated"): StreamEnding {
  switch (fault) {
    case "too-large":
      return local(
        "message-too-large",
        "A message from the gateway is larger than maxMessageBytes.",
        GrpcStatus.RESOURCE_EXHAUSTED,
      );
    case "compressed":
      return local(
        "not-grpc",
        "The gateway sent a compressed message; none was agreed on.",
        GrpcStatus.INTERNAL,
        "COMPRESSED",
      );
    default:
      return local(
        "not-grpc",
        "The gateway sent bytes that are no gRPC message.",
        GrpcStatus.INVALID_ARGUMENT,
        "BAD_FRAME",
      );
  }
}

/** A message of ours that is beyond the limit. */
export const tooLargeToSend: StreamEnding = {
  by: "local",
  status: GrpcStatus.RESOURCE_EXHAUSTED,
  statusFromPeer: false,
  failure: { cause: "message-too-large", detail: "A message is larger than maxMessageBytes." },
};

/** Why response headers are not those of a gRPC server; undefined when they are. */
export function foreignAnswer(headers: IncomingHttpHeaders): StreamEnding | undefined {
  const status = Number(headers[":status"]);
  if (status !== 200) {
    const retryAfterMs = hintIn(headers);
    const passing = status >= 500 || status === 408 || status === 429;
    const failure: LinkFailure = {
      cause: passing ? "connection-lost" : "not-grpc",
      code: `HTTP_${status}`,
      detail: `Something before the gateway answered with HTTP status ${status}: look at its log, and whether it reaches the gateway.`,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
    return { by: "link", status: GrpcStatus.UNAVAILABLE, statusFromPeer: false, failure };
  }
  const type = headers["content-type"] ?? "";
  if (!isGrpcContent(type))
    return local(
      "not-grpc",
      "The answer is not gRPC: check host and port in url.",
      GrpcStatus.UNKNOWN,
      "CONTENT_TYPE",
    );
  const encoding = headers["grpc-encoding"];
  if (encoding !== undefined && encoding !== "identity") return brokenFrame("compressed");
  return undefined;
}

/** The ending in a peer's trailers; undefined when they carry no status. */
export function trailersEnding(trailers: IncomingHttpHeaders, finished: boolean): StreamEnding | undefined {
  const text = trailers["grpc-status"];
  const status = typeof text === "string" && /^\d{1,4}$/.test(text) ? Number(text) : undefined;
  return status === undefined ? undefined : statusEnding(status, trailers, finished);
}

/** A gRPC status of the peer, with the fields that came with it. */
export function statusEnding(status: number, fields: IncomingHttpHeaders, finished: boolean): StreamEnding {
  if (status === 0) {
    const by = finished ? "local" : "peer";
    return { by, status, statusFromPeer: true, failure: { cause: "server-closed" } };
  }
  const retryAfterMs = hintIn(fields);
  const detail = peersWords(fields["grpc-message"]?.toString());
  const failure: LinkFailure = {
    cause: "status",
    code: statusName(status),
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return { by: "peer", status, statusFromPeer: true, failure };
}

/** A stream that ended without trailers: reset, or with its connection. */
export function lostEnding(
  error: Error | undefined,
  resetCode: number,
  channelFailure: LinkFailure | undefined,
): StreamEnding {
  const isReset = resetCode !== 0 && (!error || nodeCode(error) === "ERR_HTTP2_STREAM_ERROR");
  const otherwise: LinkFailure = isReset
    ? resetLoss(resetCode)
    : error
      ? linkFailure(error, "connection-lost")
      : withoutStatus;
  const failure = otherwise.cause === "connection-lost" ? (channelFailure ?? otherwise) : otherwise;
  return { by: "link", status: GrpcStatus.UNAVAILABLE, statusFromPeer: false, failure };
}

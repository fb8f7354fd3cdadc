/** What the end of a gRPC stream means: from header fields, trailers and reset codes to a `StreamEnding`. */
import type { IncomingHttpHeaders } from "node:http2";
import type { FlagFault } from "../../protocol/frame-flags.js";
import { nodeCode } from "../failure-table.js";
import type { LinkCause, LinkFailure, StreamEnding } from "../transport.js";
import { http2Failure, retryHint } from "./failures.js";
import { causeOfStatus, isGrpcContent, mayBlameMessage, statusName } from "./grpc-status.js";
import { peersWords, resetLoss, withoutStatus } from "./loss.js";

const broken = (cause: LinkCause, detail: string, code?: string): StreamEnding => ({
  by: "link",
  failure: { cause, detail, ...(code === undefined ? {} : { code }) },
});

const hintIn = (headers: IncomingHttpHeaders): number | undefined =>
  retryHint((name) => headers[name]?.toString());

/** Why a frame cannot be taken. */
export type FrameFault = FlagFault | "too-large";

/** A frame or message that cannot be taken. */
export function brokenFrame(fault: FrameFault | "undecodable" | "truncated"): StreamEnding {
  switch (fault) {
    case "too-large":
      return broken("message-too-large", "A message from the gateway is larger than maxMessageBytes.");
    case "compressed":
      return broken(
        "wrong-protocol",
        "The gateway sent a compressed message; none was agreed on.",
        "COMPRESSED",
      );
    default:
      return broken("wrong-protocol", "The gateway sent bytes that are no gRPC message.", "BAD_FRAME");
  }
}

/** A message of ours that is beyond the limit. */
export const tooLargeToSend: StreamEnding = {
  by: "local",
  failure: { cause: "message-too-large", detail: "A message is larger than maxMessageBytes." },
};

/** Why response headers are not those of a gRPC server; undefined when they are. */
export function foreignAnswer(headers: IncomingHttpHeaders): StreamEnding | undefined {
  const status = Number(headers[":status"]);
  if (status !== 200) {
    const retryAfterMs = hintIn(headers);
    const passing = status >= 500 || status === 408 || status === 429;
    const failure: LinkFailure = {
      cause: passing ? "connection-lost" : "wrong-protocol",
      code: `HTTP_${status}`,
      detail: `Something before the gateway answered with HTTP status ${status}: look at its log, and whether it reaches the gateway.`,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
    return { by: "link", failure };
  }
  const type = headers["content-type"] ?? "";
  if (!isGrpcContent(type))
    return broken("wrong-protocol", "The answer is not gRPC: check host and port in url.", "CONTENT_TYPE");
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
    return { by, failure: { cause: "server-closed" } };
  }
  const retryAfterMs = hintIn(fields);
  const detail = peersWords(fields["grpc-message"]?.toString());
  const failure: LinkFailure = {
    cause: causeOfStatus(status),
    code: statusName(status),
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return { by: "peer", failure, ...(mayBlameMessage(status) ? { mayBlameMessage: true } : {}) };
}

/** A stream that ended without trailers: reset, or with its connection. */
export function lostEnding(
  error: Error | undefined,
  resetCode: number,
  channelFailure: LinkFailure | undefined,
): StreamEnding {
  const isReset = resetCode !== 0 && (!error || nodeCode(error) === "ERR_HTTP2_STREAM_ERROR");
  const otherwise = isReset
    ? resetLoss(resetCode)
    : { failure: error ? http2Failure(error, "connection-lost") : withoutStatus };
  if (channelFailure && otherwise.failure.cause === "connection-lost")
    return { by: "link", failure: channelFailure };
  return { by: "link", ...otherwise };
}

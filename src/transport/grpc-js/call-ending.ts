/**
 * What the end of a grpc-js call means. grpc-js gives one status for everything and does not say who made it; the
 * header fields that came with it, or before it, tell.
 */
import type { Metadata, StatusObject } from "@grpc/grpc-js";
import { abortedByUs, retryHint } from "../failure-table.js";
import { GrpcStatus, isGrpcContent, statusName } from "../grpc-status.js";
import { brokenFrame } from "../lean/call-ending.js";
import type { LinkFailure, StreamEnding } from "../transport.js";

export interface CallFacts {
  readonly status: StatusObject;
  /** The response headers, when they came by themselves. */
  readonly answer: Metadata | undefined;
  /** We had half-closed before. */
  readonly finished: boolean;
  /** Why the connection is over, when it is. */
  readonly channelFailure: LinkFailure | undefined;
}

const text = (fields: Metadata, name: string): string | undefined => fields.get(name)[0]?.toString();

const isBare = (fields: Metadata): boolean => Object.keys(fields.getMap()).length === 0;

const tooLarge: StreamEnding = {
  by: "link",
  status: GrpcStatus.RESOURCE_EXHAUSTED,
  statusFromPeer: false,
  failure: {
    cause: "message-too-large",
    detail: "A message is larger than maxMessageBytes, or too large for the gateway.",
  },
};

const isGrpc = (fields: Metadata): boolean => isGrpcContent(text(fields, "content-type") ?? "");

const linkEnding = (status: number, failure: LinkFailure): StreamEnding => ({
  by: "link",
  status,
  statusFromPeer: false,
  failure,
});

/** An HTTP answer of something else; grpc-js has made a status of its number. */
function foreignEnding(code: number, fields: Metadata): StreamEnding {
  const passing = code === GrpcStatus.UNAVAILABLE || code === GrpcStatus.UNKNOWN;
  if (!passing || text(fields, "location") !== undefined)
    return linkEnding(code, {
      cause: "not-grpc",
      detail: "The answer is not gRPC: check host and port in url.",
    });
  const retryAfterMs = retryHint((name) => text(fields, name));
  return linkEnding(code, {
    cause: "connection-lost",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

export function callEnding({ status, answer, finished, channelFailure }: CallFacts): StreamEnding {
  const { code, metadata } = status;
  if (code === GrpcStatus.OK)
    return {
      by: finished ? "local" : "peer",
      status: code,
      statusFromPeer: true,
      failure: { cause: "server-closed" },
    };
  // Its own faults while it unpacks a message have no code at all.
  if ((code as number | undefined) === undefined) return brokenFrame("compressed");
  const fields = answer ?? metadata;
  const lost = channelFailure ?? { cause: "connection-lost" };
  if (channelFailure?.cause === "outbound-closed") return abortedByUs;
  if (text(fields, "content-type") === undefined) return linkEnding(GrpcStatus.UNAVAILABLE, lost);
  if (!isGrpc(fields)) return foreignEnding(code, fields);
  if (!Number.isInteger(code) || (answer && channelFailure)) return linkEnding(GrpcStatus.UNAVAILABLE, lost);
  // Its own complaint about a message looks so; a gateway that ends a stream so has mostly the same complaint.
  if (answer && code === GrpcStatus.RESOURCE_EXHAUSTED && isBare(metadata)) return tooLarge;
  const retryAfterMs = retryHint((name) => text(metadata, name));
  const failure: LinkFailure = {
    cause: "status",
    code: statusName(code),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return { by: "peer", status: code, statusFromPeer: true, failure };
}

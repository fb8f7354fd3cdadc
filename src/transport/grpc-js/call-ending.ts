/**
 * What the end of a grpc-js call means. grpc-js gives one status for everything and does not say who made it; the
 * header fields that came with it, or before it, tell.
 */
import { constants, type IncomingHttpHeaders } from "node:http2";
import type { Metadata, StatusObject } from "@grpc/grpc-js";
import { abortedByUs } from "../failure-table.js";
import { brokenFrame, foreignAnswer, lostEnding, statusEnding } from "../http2/call-ending.js";
import { GrpcStatus } from "../http2/grpc-status.js";
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

const isBare = (fields: Metadata): boolean => Object.keys(fields.getMap()).length === 0;

const tooLarge: StreamEnding = {
  by: "link",
  failure: {
    cause: "message-too-large",
    detail: "A message is larger than maxMessageBytes, or too large for the gateway.",
  },
};

/** grpc-js keeps the HTTP status to itself, but for these words where a gRPC status is missing. */
function httpStatus({ details }: StatusObject): string | undefined {
  return /^Received HTTP status code (\d{3})$/.exec(details ?? "")?.[1];
}

/** It makes a status of a reset, too; which reset it was is in its words alone. */
const resets: Readonly<Record<string, number>> = {
  "Stream refused by server": constants.NGHTTP2_REFUSED_STREAM,
  "Call cancelled": constants.NGHTTP2_CANCEL,
  "Bandwidth exhausted or memory limit exceeded": constants.NGHTTP2_ENHANCE_YOUR_CALM,
  "Protocol not secure enough": constants.NGHTTP2_INADEQUATE_SECURITY,
};

/** Undefined for what is no reset. A status that came with fields of its own is the peer's, whatever it says. */
function resetCode({ details = "", metadata }: StatusObject): number | undefined {
  if (!isBare(metadata)) return undefined;
  const told = /^Received RST_STREAM with code (\d+)/.exec(details)?.[1];
  if (told !== undefined) return Number(told);
  return Object.hasOwn(resets, details) ? resets[details] : undefined;
}

export function headersOf(fields: Metadata, status: string): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = { ":status": status };
  for (const [name, value] of Object.entries(fields.getMap())) headers[name] = value.toString();
  return headers;
}

export function callEnding({ status, answer, finished, channelFailure }: CallFacts): StreamEnding {
  const { code, metadata } = status;
  if (code === GrpcStatus.OK) return statusEnding(code, {}, finished);
  // Its own faults while it unpacks a message have no code at all.
  if ((code as number | undefined) === undefined) return brokenFrame("compressed");
  if (channelFailure?.cause === "outbound-closed") return abortedByUs;
  const http = httpStatus(status);
  const fields = answer ?? metadata;
  const isAnswered = http !== undefined || fields.get("content-type").length > 0;
  const foreign = isAnswered ? foreignAnswer(headersOf(fields, http ?? "200")) : undefined;
  if (foreign) return foreign;
  const reset = resetCode(status);
  const isLost = !isAnswered || http !== undefined || reset !== undefined || !Number.isInteger(code);
  if (isLost || (answer && channelFailure)) return lostEnding(undefined, reset ?? 0, channelFailure);
  // Its own complaint about a message looks so; a gateway that ends a stream so has mostly the same complaint.
  if (answer && code === GrpcStatus.RESOURCE_EXHAUSTED && isBare(metadata)) return tooLarge;
  return statusEnding(code, { ...headersOf(metadata, "200"), "grpc-message": status.details }, finished);
}

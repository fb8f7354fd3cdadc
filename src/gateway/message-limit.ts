/** What no stream can carry is refused before it is kept: it would be sent again on each new stream. */
import { create, toBinary } from "@bufbuild/protobuf";
import { invalidConfig, MooringError } from "../errors.js";
import { type StreamMessage, StreamMessageSchema } from "../gen/matrix/connectors/v1/connector_service_pb.js";

export const defaultMaxMessageBytes = 4 * 1024 * 1024;

/** Every answer carries the request's id; connectors take none that is longer. */
const maxRequestId = 1_024;

export function checkRequestId(requestId: string, maxMessageBytes: number): void {
  const most = Math.min(maxRequestId, Math.floor(maxMessageBytes / 4));
  if (requestId.length > most)
    throw invalidConfig(`requestId must have at most ${most} characters; got ${requestId.length}.`);
}

/** Throws MESSAGE_TOO_LARGE that says what is too large, and by how much. */
export function checkSize(what: string, body: StreamMessage["message"], maxMessageBytes: number): void {
  const { length } = toBinary(StreamMessageSchema, create(StreamMessageSchema, { message: body }));
  if (length <= maxMessageBytes) return;
  throw new MooringError(
    "MESSAGE_TOO_LARGE",
    `${what} makes a message of ${length} bytes, above maxMessageBytes (${maxMessageBytes}) of this gateway: send less at once, or raise maxMessageBytes on both sides.`,
  );
}

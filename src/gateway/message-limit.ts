/** What no stream can carry is refused before it is kept: it would be sent again on each new stream. */
import { create, toBinary } from "@bufbuild/protobuf";
import { invalidConfig, MooringError } from "../errors.js";
import { type StreamMessage, StreamMessageSchema } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { requestIdLimit } from "../protocol/message-limit.js";

/** Connectors take none that is longer. */
export function checkRequestId(requestId: string, maxMessageBytes: number): void {
  const most = requestIdLimit(maxMessageBytes);
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

/** What no stream can carry is refused before it is kept: it would be sent again on each new stream. */
import { create, toBinary } from "@bufbuild/protobuf";
import { invalidConfig, MooringError } from "../errors.js";
import {
  type ExecuteRequest,
  type StreamMessage,
  StreamMessageSchema,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { bytesPerCharacter, requestIdLimit } from "../protocol/limits.js";

/** Connectors take none that is longer. */
export function checkRequestId(requestId: string, maxMessageBytes: number): void {
  const most = requestIdLimit(maxMessageBytes);
  if (requestId.length > most)
    throw invalidConfig(`requestId must have at most ${most} characters; got ${requestId.length}.`);
}

/** Throws MESSAGE_TOO_LARGE for a request that no stream carries. Encodes only what comes near to the limit. */
export function checkRequestSize(request: ExecuteRequest, maxMessageBytes: number): void {
  if (mostBytes(request) > maxMessageBytes)
    checkSize("The request", { case: "executeRequest", value: request }, maxMessageBytes);
}

/** Tags and lengths of one field, and of those around it. */
const aroundField = 32;

function mostBytes({ requestId, payload, capabilityId, context }: ExecuteRequest): number {
  let characters = requestId.length + capabilityId.length;
  let fields = 5;
  for (const name in context) {
    characters += name.length + (context[name] ?? "").length;
    fields += 1;
  }
  return payload.length + bytesPerCharacter * characters + aroundField * fields;
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

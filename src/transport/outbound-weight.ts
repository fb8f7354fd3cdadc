/** What a message weighs while it waits to be written: payload bytes are what counts, the rest is small. */
import { toBinary } from "@bufbuild/protobuf";
import { type StreamMessage, StreamMessageSchema } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { registerSize } from "../protocol/register-writer.js";
import { payloadBytesOf } from "../protocol/text-response.js";

/** In bytes, roughly. */
export function weightOf(message: StreamMessage): number {
  const { message: body } = message;
  switch (body.case) {
    case "executeResponse":
      return payloadBytesOf(body.value) + body.value.error.length + body.value.requestId.length + 64;
    case "wsFrame":
      return body.value.data.length + 64;
    case "invokeRequest":
      return body.value.payload.length + 128;
    case "registerRequest":
      // As long as it is, since the peer's limit counts.
      return (
        (message.$unknown === undefined ? registerSize(body.value) : undefined) ??
        toBinary(StreamMessageSchema, message).length
      );
    default:
      return 64;
  }
}

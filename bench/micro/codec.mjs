// One execute request decoded, one execute response encoded: by hand and by Protobuf-ES.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ExecuteResponseSchema,
  StreamMessageSchema,
} from "../../build/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { decodeStreamMessage } from "../../build/src/protocol/message-decoder.js";
import { MessageWriter } from "../../build/src/protocol/message-writer.js";
import { executeFrame, payload } from "../frames.mjs";
import { report, time } from "./time.mjs";

const headBytes = 5;
const request = executeFrame(7).subarray(headBytes);
const response = create(StreamMessageSchema, {
  message: {
    case: "executeResponse",
    value: create(ExecuteResponseSchema, {
      requestId: "slot-0007-00000000-".padEnd(36, "x"),
      success: true,
      payload,
      payloadEncoding: 1,
      durationMs: 3n,
    }),
  },
});
const writer = new MessageWriter();

report([
  time("decode a request, lean", () => decodeStreamMessage(request, 0, request.length)),
  time("decode a request, Protobuf-ES", () => fromBinary(StreamMessageSchema, request)),
  time("encode a response, lean", () => {
    writer.append(response);
    writer.take();
  }),
  time("encode a response, Protobuf-ES", () => toBinary(StreamMessageSchema, response)),
]);

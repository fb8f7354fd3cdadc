// One execute request decoded, one execute response encoded: by hand and by Protobuf-ES.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ExecuteResponseSchema,
  StreamMessageSchema,
} from "../../build/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { FrameWriter } from "../../build/src/transport/lean/frame-writer.js";
import { decodeStreamMessage } from "../../build/src/transport/lean/message-decoder.js";
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
const writer = new FrameWriter();

report([
  time("decode a request, lean", () => decodeStreamMessage(request, 0, request.length)),
  time("decode a request, Protobuf-ES", () => fromBinary(StreamMessageSchema, request)),
  time("encode a response, lean", () => {
    writer.append(response);
    writer.take();
  }),
  time("encode a response, Protobuf-ES", () => toBinary(StreamMessageSchema, response)),
]);

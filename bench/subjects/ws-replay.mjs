// Not a client: answers each request with a prepared frame, without decoding more than its id. Shows the ceiling of the
// driver's WebSockets.
import { create, toBinary } from "@bufbuild/protobuf";
import { WebSocket } from "ws";
import {
  ExecuteResponseSchema,
  RegisterConnectorRequestSchema,
  StreamMessageSchema,
} from "../../build/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { socketPath } from "../../build/src/protocol/phoenix-frames.js";
import { findId, payload } from "../frames.mjs";
import { count, registration, socketUrl } from "./common.mjs";

const idBytes = 36;
const message = (body) => toBinary(StreamMessageSchema, create(StreamMessageSchema, { message: body }));
const text = (bytes) =>
  `["1","1","connector:lobby","proto",{"data":"${Buffer.from(bytes).toString("base64")}"}]`;
const prepared = Buffer.from(
  message({
    case: "executeResponse",
    value: create(ExecuteResponseSchema, {
      requestId: "slot-".padEnd(idBytes, "0"),
      success: true,
      payload,
      payloadEncoding: 1,
    }),
  }),
);
const at = findId(prepared);
const ws = new WebSocket(`${socketUrl}${socketPath}?vsn=2.0.0`, [], { perMessageDeflate: false });
let socket;
let writing = "idle";
ws.on("error", () => process.exit());
ws.on("upgrade", (response) => {
  socket = response.socket.setNoDelay(true);
});
ws.on("open", () => {
  for (let i = 0; i < count; i += 1)
    ws.send(
      text(
        message({ case: "registerRequest", value: create(RegisterConnectorRequestSchema, registration(i)) }),
      ),
    );
});
ws.on("message", (frame) => {
  const from = frame.indexOf('"data":"') + '"data":"'.length;
  const bytes = Buffer.from(frame.latin1Slice(from, frame.length - 3), "base64");
  const id = findId(bytes);
  if (id < 0) return;
  bytes.copy(prepared, at, id, id + idBytes);
  if (writing === "idle") {
    writing = "due";
    socket.cork();
    setImmediate(() => {
      writing = "idle";
      socket.uncork();
    });
  }
  ws.send(text(prepared));
});

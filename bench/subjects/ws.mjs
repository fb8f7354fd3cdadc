// Bare `ws`: sockets shared by the registrations of a tenant, Phoenix frames by JSON, messages by base64 and
// Protobuf-ES, and one write per turn of the loop.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { WebSocket } from "ws";
import {
  ExecuteResponseSchema,
  HeartbeatRequestSchema,
  RegisterConnectorRequestSchema,
  StreamMessageSchema,
} from "../../build/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { socketLimits } from "../../build/src/protocol/limits.js";
import { socketPath } from "../../build/src/protocol/phoenix-frames.js";
import { beats, count, registration, reopen, socketUrl } from "./common.mjs";

const lobby = "connector:lobby";
const encode = (body) =>
  Buffer.from(toBinary(StreamMessageSchema, create(StreamMessageSchema, { message: body }))).toString(
    "base64",
  );
const decode = (data) => fromBinary(StreamMessageSchema, Buffer.from(data, "base64")).message;

function open(indices) {
  let socket;
  const ws = new WebSocket(`${socketUrl}${socketPath}?vsn=2.0.0`, [], { perMessageDeflate: false });
  let ref = 0;
  let writing = "idle";
  const push = (event, payload) => {
    ref += 1;
    if (writing === "idle") {
      writing = "due";
      socket.cork();
      setImmediate(() => {
        writing = "idle";
        socket.uncork();
      });
    }
    ws.send(JSON.stringify(["1", String(ref), lobby, event, payload]));
  };
  const send = (body) => push("proto", { data: encode(body) });
  const stops = [];
  ws.on("upgrade", (response) => {
    socket = response.socket.setNoDelay(true);
  });
  ws.on("open", () => push("phx_join", {}));
  ws.on("error", () => {});
  ws.on("close", () => {
    for (const stop of stops) stop();
    reopen(() => open(indices));
  });
  /** Whose request it is, as a client with several connectors has to know. */
  const byArn = new Map(
    indices.map((i) => {
      const { tenantId, connectorType, instanceId } = registration(i);
      return [`matrix:${tenantId}:${connectorType}:${instanceId}`, i];
    }),
  );
  const joined = () => {
    for (const i of indices) {
      send({ case: "registerRequest", value: create(RegisterConnectorRequestSchema, registration(i)) });
      stops.push(
        beats(i, () =>
          send({
            case: "heartbeatRequest",
            value: create(HeartbeatRequestSchema, { timestampMs: BigInt(Date.now()) }),
          }),
        ),
      );
    }
  };
  ws.on("message", (text) => {
    const [, , , event, payload] = JSON.parse(text.toString());
    if (event === "phx_reply") return joined();
    const message = decode(payload.data);
    if (message.case !== "executeRequest") return;
    const { requestId, payload: asked, context } = message.value;
    if (!byArn.has(context.connector_arn)) return;
    const answer = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(asked).toString())));
    const value = create(ExecuteResponseSchema, {
      requestId,
      success: true,
      payload: answer,
      payloadEncoding: 1,
    });
    send({ case: "executeResponse", value });
  });
}

for (let i = 0; i < count; i += socketLimits.places)
  open(Array.from({ length: Math.min(socketLimits.places, count - i) }, (_, n) => i + n));

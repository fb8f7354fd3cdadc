// Bare @grpc/grpc-js with the same generated types.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client, credentials } from "@grpc/grpc-js";
import {
  ExecuteResponseSchema,
  HeartbeatRequestSchema,
  RegisterConnectorRequestSchema,
  StreamMessageSchema,
} from "../../build/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { path } from "../frames.mjs";
import { beats, count, perConnection, port, registration, reopen } from "./common.mjs";

const encode = (message) => Buffer.from(toBinary(StreamMessageSchema, message));
const decode = (bytes) => fromBinary(StreamMessageSchema, bytes);
const wrap = (body) => create(StreamMessageSchema, { message: body });

function open(client, i) {
  const stream = client.makeBidiStreamRequest(path, encode, decode);
  const stop = beats(i, () =>
    stream.write(
      wrap({
        case: "heartbeatRequest",
        value: create(HeartbeatRequestSchema, { timestampMs: BigInt(Date.now()) }),
      }),
    ),
  );
  stream.on("error", () => {});
  stream.on("status", () => {
    stop();
    reopen(() => open(client, i));
  });
  stream.on("data", ({ message }) => {
    if (message.case !== "executeRequest") return;
    const { requestId, payload } = message.value;
    const answer = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(payload).toString())));
    stream.write(
      wrap({
        case: "executeResponse",
        value: create(ExecuteResponseSchema, {
          requestId,
          success: true,
          payload: answer,
          payloadEncoding: 1,
        }),
      }),
    );
  });
  stream.write(
    wrap({ case: "registerRequest", value: create(RegisterConnectorRequestSchema, registration(i)) }),
  );
}

let client;
for (let i = 0; i < count; i += 1) {
  if (i % perConnection === 0) {
    client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
  }
  open(client, i);
}

// Bare node:http2 with length-prefixed frames and one write per turn of the loop.
import { connect } from "node:http2";
import { create } from "@bufbuild/protobuf";
import {
  ExecuteResponseSchema,
  HeartbeatRequestSchema,
  RegisterConnectorRequestSchema,
} from "../../dist/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { decode, frame, path, splitter } from "../frames.mjs";
import { count, heartbeatMs, registration, url } from "./common.mjs";

const perConnection = 80;
let session;
for (let i = 0; i < count; i += 1) {
  if (i % perConnection === 0) {
    const opened = connect(url, { settings: { enablePush: false, initialWindowSize: 1024 * 1024 } });
    opened.on("error", () => process.exit());
    opened.once("connect", () => opened.setLocalWindowSize(16 * 1024 * 1024));
    session = opened;
  }
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  let out = [];
  const write = (bytes) => {
    if (out.length === 0) {
      setImmediate(() => {
        stream.write(out.length === 1 ? out[0] : Buffer.concat(out));
        out = [];
      });
    }
    out.push(bytes);
  };
  stream.on("error", () => process.exit());
  stream.on(
    "data",
    splitter((bytes) => {
      const message = decode(bytes);
      if (message.case !== "executeRequest") return;
      const { requestId, payload } = message.value;
      const answer = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(payload).toString())));
      write(
        frame({
          case: "executeResponse",
          value: create(ExecuteResponseSchema, {
            requestId,
            success: true,
            payload: answer,
            payloadEncoding: 1,
          }),
        }),
      );
    }),
  );
  write(frame({ case: "registerRequest", value: create(RegisterConnectorRequestSchema, registration(i)) }));
  if (heartbeatMs > 0) {
    const beat = () =>
      write(
        frame({
          case: "heartbeatRequest",
          value: create(HeartbeatRequestSchema, { timestampMs: BigInt(Date.now()) }),
        }),
      );
    setTimeout(() => setInterval(beat, heartbeatMs), (i / count) * heartbeatMs);
  }
}

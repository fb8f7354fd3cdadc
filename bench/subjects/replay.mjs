// Not a client: answers each request frame with a prepared one, without decoding. Shows the driver's ceiling.
import { connect } from "node:http2";
import { create } from "@bufbuild/protobuf";
import {
  ExecuteResponseSchema,
  RegisterConnectorRequestSchema,
} from "../../build/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { copyId, findId, frame, path, payload, splitter } from "../frames.mjs";
import { count, registration, url } from "./common.mjs";

const prepared = frame({
  case: "executeResponse",
  value: create(ExecuteResponseSchema, {
    requestId: "slot-0000-00000000-".padEnd(36, "x"),
    success: true,
    payload,
    payloadEncoding: 1,
  }),
});
const at = findId(prepared);
const session = connect(url, { settings: { enablePush: false, initialWindowSize: 4 * 1024 * 1024 } });
session.on("error", () => process.exit());
session.once("connect", () => session.setLocalWindowSize(64 * 1024 * 1024));
for (let i = 0; i < count; i += 1) {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  let out = [];
  stream.on("error", () => process.exit());
  stream.on(
    "data",
    splitter((bytes) => {
      const id = findId(bytes);
      if (id < 0) return;
      const answer = Buffer.from(prepared);
      copyId(bytes, id, answer, at);
      if (out.length === 0) {
        setImmediate(() => {
          stream.write(Buffer.concat(out));
          out = [];
        });
      }
      out.push(answer);
    }),
  );
  stream.write(
    frame({ case: "registerRequest", value: create(RegisterConnectorRequestSchema, registration(i)) }),
  );
}

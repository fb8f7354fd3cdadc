// Bare node:http2 with length-prefixed frames and one write per turn of the loop.
import { connect } from "node:http2";
import { create } from "@bufbuild/protobuf";
import {
  ExecuteResponseSchema,
  HeartbeatRequestSchema,
  InvokeCapabilityRequestSchema,
  RegisterConnectorRequestSchema,
} from "../../build/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { connectionWindow, streamWindow } from "../../build/src/protocol/limits.js";
import { decode, frame, path, splitter } from "../frames.mjs";
import { beats, count, perConnection, registration, reopen, url } from "./common.mjs";
import { answerInvoke } from "./invoke.mjs";

/** The session of one connection; dials again when it is over. */
function connection() {
  let session;
  return () => {
    if (session && !session.closed && !session.destroyed) return session;
    const opened = connect(url, { settings: { enablePush: false, initialWindowSize: streamWindow } });
    opened.on("error", () => {});
    opened.once("connect", () => opened.setLocalWindowSize(connectionWindow));
    session = opened;
    return opened;
  };
}

/** Who waits for the answer to which invocation. */
const waiting = new Map();
let invocations = 0;
let writeOfFirst;

/** JSON there and back, and an id that nobody else has: what an answer needs to find its asker. */
answerInvoke(
  (value) =>
    new Promise((resolve) => {
      invocations += 1;
      const requestId = `invoke-${invocations}`;
      waiting.set(requestId, resolve);
      writeOfFirst(
        frame({
          case: "invokeRequest",
          value: create(InvokeCapabilityRequestSchema, {
            requestId,
            targetAddress: "t.other.i",
            capabilityId: "echo",
            payload: Buffer.from(JSON.stringify(value)),
            payloadEncoding: 1,
            timeoutMs: 30_000,
          }),
        }),
      );
    }),
);

function invokeAnswered({ requestId, payload }) {
  const resolve = waiting.get(requestId);
  waiting.delete(requestId);
  resolve?.(JSON.parse(Buffer.from(payload).toString()));
}

function open(sessionOf, i) {
  const stream = sessionOf().request({
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
  const stop = beats(i, () =>
    write(
      frame({
        case: "heartbeatRequest",
        value: create(HeartbeatRequestSchema, { timestampMs: BigInt(Date.now()) }),
      }),
    ),
  );
  stream.on("error", () => {});
  stream.on("end", () => stream.end());
  stream.on("close", () => {
    stop();
    reopen(() => open(sessionOf, i));
  });
  stream.on(
    "data",
    splitter((bytes) => {
      const message = decode(bytes);
      if (message.case === "invokeResponse") return invokeAnswered(message.value);
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
  if (i === 0) writeOfFirst = write;
  write(frame({ case: "registerRequest", value: create(RegisterConnectorRequestSchema, registration(i)) }));
}

let sessionOf;
for (let i = 0; i < count; i += 1) {
  if (i % perConnection === 0) sessionOf = connection();
  open(sessionOf, i);
}

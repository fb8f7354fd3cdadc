// Bare @connectrpc/connect-node: one bidi stream per registration, decode, echo, encode.
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import {
  ConnectorService,
  ExecuteResponseSchema,
  HeartbeatRequestSchema,
  RegisterConnectorRequestSchema,
  StreamMessageSchema,
} from "../../build/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { beats, count, perConnection, registration, reopen, url } from "./common.mjs";

function pushable() {
  const items = [];
  let wake;
  return {
    push(item) {
      if (wake) {
        wake({ value: item, done: false });
        wake = undefined;
      } else items.push(item);
    },
    next: () =>
      items.length > 0
        ? Promise.resolve({ value: items.shift(), done: false })
        : new Promise((resolve) => {
            wake = resolve;
          }),
    return: () => Promise.resolve({ value: undefined, done: true }),
    throw: () => Promise.resolve({ value: undefined, done: true }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const wrap = (body) => create(StreamMessageSchema, { message: body });

async function run(client, i) {
  const outbound = pushable();
  outbound.push(
    wrap({ case: "registerRequest", value: create(RegisterConnectorRequestSchema, registration(i)) }),
  );
  const stop = beats(i, () => {
    const value = create(HeartbeatRequestSchema, { timestampMs: BigInt(Date.now()) });
    outbound.push(wrap({ case: "heartbeatRequest", value }));
  });
  try {
    for await (const { message } of client.connect(outbound)) {
      if (message.case !== "executeRequest") continue;
      const { requestId, payload } = message.value;
      const answer = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(payload).toString())));
      const value = create(ExecuteResponseSchema, {
        requestId,
        success: true,
        payload: answer,
        payloadEncoding: 1,
      });
      outbound.push(wrap({ case: "executeResponse", value }));
    }
  } catch {
    // How it ended is of no interest; it is opened again.
  }
  stop();
  reopen(() => run(client, i));
}

let client;
for (let i = 0; i < count; i += 1) {
  if (i % perConnection === 0) {
    const sessionManager = new Http2SessionManager(url);
    client = createClient(
      ConnectorService,
      createGrpcTransport({ baseUrl: url, sessionManager, acceptCompression: [] }),
    );
  }
  void run(client, i);
}

// Bare @connectrpc/connect-node: one bidi stream per registration, decode, echo, encode.
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import {
  ConnectorService,
  ExecuteResponseSchema,
  RegisterConnectorRequestSchema,
  StreamMessageSchema,
} from "../../dist/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { count, registration, url } from "./common.mjs";

const perConnection = 80;

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

async function run(client, i) {
  const outbound = pushable();
  const register = create(RegisterConnectorRequestSchema, registration(i));
  outbound.push(create(StreamMessageSchema, { message: { case: "registerRequest", value: register } }));
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
    outbound.push(create(StreamMessageSchema, { message: { case: "executeResponse", value } }));
  }
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
  run(client, i).catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

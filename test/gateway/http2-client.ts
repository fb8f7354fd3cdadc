/** A client on bare HTTP/2, which reads, writes and resets as a test says. */
import { once } from "node:events";
import { type ClientHttp2Stream, connect } from "node:http2";
import { create } from "@bufbuild/protobuf";
import {
  ExecuteResponseSchema,
  RegisterConnectorRequestSchema,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { frame, Inbox } from "../transport-conformance/kit/messages.js";

/** Opens streams on one connection, each registered and accepted; nothing of them is read yet. */
export function http2Client(port: number) {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  session.once("connect", () => session.setLocalWindowSize(16 * 1024 * 1024));
  const open = async (instanceId: string): Promise<ClientHttp2Stream> => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/matrix.connectors.v1.ConnectorService/Connect",
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.on("error", () => {});
    const value = create(RegisterConnectorRequestSchema, {
      tenantId: "t",
      connectorType: "c",
      instanceId,
    });
    stream.write(frame(create(StreamMessageSchema, { message: { case: "registerRequest", value } })));
    await once(stream, "response");
    return stream;
  };
  return { open, close: () => session.destroy() };
}

/** The bytes that answer a request. */
export function answerTo(requestId: string, payload = new Uint8Array()): Buffer {
  const value = create(ExecuteResponseSchema, { requestId, success: true, payload });
  return frame(create(StreamMessageSchema, { message: { case: "executeResponse", value } }));
}

/** Reads the stream, and answers what comes; by default at once and in one piece. */
export function answering(
  stream: ClientHttp2Stream,
  answer = (requestId: string): unknown => stream.write(answerTo(requestId)),
): void {
  const inbox = new Inbox();
  let seen = 0;
  stream.on("data", (chunk: Buffer) => {
    inbox.push(chunk);
    for (const requestId of inbox.ids.slice(seen)) {
      seen += 1;
      answer(requestId);
    }
  });
}

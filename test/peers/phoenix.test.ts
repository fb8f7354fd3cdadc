/** The embedded gateway against a client of Phoenix channels that others wrote. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { startGateway } from "mooring/gateway";
import { Socket } from "phoenix";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import {
  RegisterConnectorRequestSchema,
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";

it("joins the gateway's channel, registers, and leaves", async () => {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const url = `${gateway.httpUrl.replace(/^http/, "ws")}/socket/connector`;
  const socket = new Socket(url, { transport: WebSocket, vsn: "2.0.0" });
  onTestFinished(() => socket.disconnect());
  socket.connect();
  const channel = socket.channel("connector:lobby", {});
  await new Promise((resolve, reject) => channel.join().receive("ok", resolve).receive("error", reject));
  const answered = new Promise<StreamMessage>((resolve) => {
    channel.on("proto", ({ data }: { data: string }) =>
      resolve(fromBinary(StreamMessageSchema, Buffer.from(data, "base64"))),
    );
  });
  const value = create(RegisterConnectorRequestSchema, {
    tenantId: "acme",
    connectorType: "probe",
    instanceId: "1",
  });
  const request = create(StreamMessageSchema, { message: { case: "registerRequest", value } });
  channel.push("proto", { data: Buffer.from(toBinary(StreamMessageSchema, request)).toString("base64") });
  expect((await answered).message).toMatchObject({
    case: "registerResponse",
    value: { success: true, connectorArn: "matrix:acme:probe:1" },
  });
  await new Promise((resolve) => channel.leave().receive("ok", resolve));
  await gateway.until((one) => one.stats().activeStreams === 0);
});

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { startGateway } from "mooring/gateway";
import { ConnectorService, createLeanTransport, parseEndpoint } from "mooring/transport";
import { afterEach, describe, expect, it } from "vitest";
import {
  HeartbeatRequestSchema,
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { Secret } from "../../src/secret.js";
import { registerMessage } from "../../src/session/register-message.js";
import { echo } from "../support/connectors.js";
import { eventually } from "../support/until.js";

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function rig() {
  const gateway = await startGateway({ approval: "automatic" });
  ends.push(() => gateway.close());
  const transport = createLeanTransport({
    endpoint: parseEndpoint(gateway.url),
    tls: {},
    maxStreamsPerChannel: 80,
    connectTimeoutMs: 5_000,
    ping: { intervalMs: 30_000, timeoutMs: 10_000 },
    maxMessageBytes: 4 * 1024 * 1024,
  });
  ends.push(() => transport.close());
  return { gateway, transport, client: createClient(ConnectorService, transport) };
}

const register = (
  transport: { readonly kind: "gRPC" | "WebSocket"; readonly tls: boolean },
  instanceId = "i",
) =>
  registerMessage(
    { tenantId: "t", connectorType: "echo", instanceId },
    echo,
    { tags: [], metadata: {} },
    { sessionToken: new Secret(""), jwt: new Secret(""), source: "anonymous" },
    transport,
  );

const heartbeat = create(StreamMessageSchema, {
  message: { case: "heartbeatRequest", value: create(HeartbeatRequestSchema, { timestampMs: 7n }) },
});

describe("a Connect client on the lean transport", () => {
  it("registers and beats by the generated client", async () => {
    const { transport, client } = await rig();
    let beat: () => void = () => {};
    const accepted = new Promise<void>((resolve) => {
      beat = resolve;
    });
    async function* sent(): AsyncIterable<StreamMessage> {
      yield register(transport);
      await accepted;
      yield heartbeat;
    }
    const cases: (string | undefined)[] = [];
    for await (const { message } of client.connect(sent())) {
      cases.push(message.case);
      if (message.case === "registerResponse") {
        expect(message.value.success).toBe(true);
        beat();
      }
      if (message.case === "heartbeatResponse") break;
    }
    expect(cases).toEqual(["registerResponse", "heartbeatResponse"]);
  });

  it("shares the channel with the lean streams, and gives its place back when it ends", async () => {
    const { transport, client } = await rig();
    const opened = await transport.open({
      first: register(transport, "lean"),
      sink: { message() {}, writable() {}, goaway() {}, ended() {} },
      signal: new AbortController().signal,
      timeoutMs: 5_000,
    });
    async function* sent(): AsyncIterable<StreamMessage> {
      yield register(transport, "connect");
    }
    const streams = () => transport.channels().map((channel) => channel.streams);
    let during: readonly number[] = [];
    for await (const _ of client.connect(sent())) {
      during = streams();
      break;
    }
    expect(during).toEqual([2]);
    await eventually(() => streams()[0] === 1);
    opened.abort();
    expect(streams()).toEqual([0]);
  });

  it("gives the place back when the caller gives up, and says so by Connect's own error", async () => {
    const { transport, client } = await rig();
    const cancel = new AbortController();
    async function* sent(): AsyncIterable<StreamMessage> {
      yield register(transport);
      await new Promise(() => {});
    }
    const reading = (async () => {
      for await (const _ of client.connect(sent(), { signal: cancel.signal })) cancel.abort();
    })();
    await expect(reading).rejects.toSatisfy((error) => ConnectError.from(error).code === Code.Canceled);
    await eventually(() => transport.channels()[0]?.streams === 0);
  });

  it("tells a gateway that is away as an error of the call", async () => {
    const { gateway, client } = await rig();
    await gateway.close();
    async function* sent(): AsyncIterable<StreamMessage> {}
    const reading = (async () => {
      for await (const _ of client.connect(sent())) throw new Error("Nothing can come.");
    })();
    await expect(reading).rejects.toThrow();
  });
});

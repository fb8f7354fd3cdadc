import type { Socket } from "node:net";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { startGateway } from "mooring/gateway";
import { ConnectorService, createLeanTransport, type LeanTransport, parseEndpoint } from "mooring/transport";
import { afterEach, describe, expect, it } from "vitest";
import {
  HeartbeatRequestSchema,
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { Secret } from "../../src/secret.js";
import { registerMessage } from "../../src/session/register-message.js";
import type { TransportOptions } from "../../src/transport/options.js";
import type { LinkCause } from "../../src/transport/transport.js";
import { echo } from "../support/connectors.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { eventually } from "../support/until.js";
import { tcpServer } from "../transport-conformance/kit/scripted-server.js";

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function transportTo(url: string, options: Partial<TransportOptions> = {}): LeanTransport {
  const transport = createLeanTransport({
    endpoint: parseEndpoint(url),
    tls: {},
    maxStreamsPerChannel: 80,
    connectTimeoutMs: 60_000,
    ping: { intervalMs: 30_000, timeoutMs: 10_000 },
    maxMessageBytes: 4 * 1024 * 1024,
    ...options,
  });
  ends.push(() => transport.close());
  return transport;
}

async function rig() {
  const gateway = await startGateway({ approval: "automatic" });
  ends.push(() => gateway.close());
  const transport = transportTo(gateway.url);
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
      sink: { message() {}, writable() {}, peerDraining() {}, ended() {} },
      signal: new AbortController().signal,
      timeoutMs: 60_000,
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
});

describe("a call of a Connect client that cannot be carried", () => {
  async function* nothing(): AsyncIterable<StreamMessage> {}

  /** Registers, and neither says nor ends anything more. */
  async function* lasting(transport: LeanTransport): AsyncIterable<StreamMessage> {
    yield register(transport);
    await new Promise(() => {});
  }

  /** The error of a call; `during` is called for each message that comes. */
  async function failureOf(
    transport: LeanTransport,
    sent: AsyncIterable<StreamMessage> = nothing(),
    during = () => {},
  ) {
    const client = createClient(ConnectorService, transport);
    try {
      for await (const _ of client.connect(sent)) during();
    } catch (error) {
      const { code, message, cause } = ConnectError.from(error);
      return { code, message, cause };
    }
    throw new Error("The call did not fail.");
  }

  async function peer(serve?: (socket: Socket) => void) {
    const server = await tcpServer(serve);
    ends.push(() => server.close());
    return `127.0.0.1:${server.port}`;
  }

  const away = async () => {
    const server = await tcpServer();
    await server.close();
    return `127.0.0.1:${server.port}`;
  };

  it.each<[string, () => Promise<string>, keyof typeof Code, LinkCause]>([
    ["nobody listens", away, "Unavailable", "unreachable"],
    ["the peer says nothing", () => peer(), "Unavailable", "connect-timeout"],
    ["the peer closes at once", () => peer((socket) => socket.end()), "Unavailable", "connection-lost"],
    [
      "the peer speaks HTTP/1",
      () => peer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
      "FailedPrecondition",
      "wrong-protocol",
    ],
    [
      "the peer does not speak TLS",
      async () => `grpcs://${await peer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))}`,
      "FailedPrecondition",
      "tls",
    ],
  ])("because %s says so by its code, and has the failure as its cause", async (_, address, code, cause) => {
    // Only who says nothing is waited for until then.
    const connectTimeoutMs = cause === "connect-timeout" ? 200 : 60_000;
    const transport = transportTo(await address(), { connectTimeoutMs });
    const error = await failureOf(transport);
    expect(error).toMatchObject({
      code: Code[code],
      cause: { name: "TransportOpenError", failure: { cause } },
    });
    expect(error.message).toContain(cause);
    expect(transport.channels()).toEqual([]);
  });

  it.each<[string, (proxy: TcpProxy) => void]>([
    ["is cut", (proxy) => proxy.cut()],
    ["goes silent", (proxy) => proxy.freeze()],
  ])("any further, because its connection %s, is unavailable", async (_, disturb) => {
    const { gateway } = await rig();
    const proxy = await TcpProxy.to(gateway.port);
    ends.push(() => proxy.close());
    const transport = transportTo(`127.0.0.1:${proxy.port}`, { ping: { intervalMs: 50, timeoutMs: 1_000 } });
    const error = await failureOf(transport, lasting(transport), () => disturb(proxy));
    expect(error).toMatchObject({
      code: Code.Unavailable,
      cause: { name: "TransportOpenError", failure: { cause: "connection-lost" } },
    });
  });

  it("any further, because its connection drained and was lost then, is unavailable", async () => {
    const { gateway } = await rig();
    const proxy = await TcpProxy.to(gateway.port);
    ends.push(() => proxy.close());
    const transport = transportTo(`127.0.0.1:${proxy.port}`);
    const isDraining = () => transport.channels().some(({ state }) => state === "draining");
    const error = await failureOf(transport, lasting(transport), () => {
      gateway.disturb("goaway");
      void eventually(isDraining).then(() => proxy.cut());
    });
    expect(error).toMatchObject({ code: Code.Unavailable, cause: { failure: { cause: "connection-lost" } } });
  });

  it("because the transport was closed, is canceled, before and during", async () => {
    const { transport } = await rig();
    const during = await failureOf(transport, lasting(transport), () => void transport.close());
    expect([during.code, (await failureOf(transport)).code]).toEqual([Code.Canceled, Code.Canceled]);
  });
});

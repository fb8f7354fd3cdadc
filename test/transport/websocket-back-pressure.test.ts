/** Who does not read, and who is slow, on a shared socket: memory stays within the marks, and the others go on. */
import { create } from "@bufbuild/protobuf";
import { createRuntime, requestResponseConnector } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import {
  PayloadEncoding,
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { parseEndpoint } from "../../src/protocol/endpoint.js";
import { highWaterBytes, socketLimits } from "../../src/protocol/limits.js";
import { createTransport } from "../../src/transport/create.js";
import { echo, gated } from "../support/connectors.js";
import { encoded, type PeerSocket, phoenixPeer } from "../support/phoenix-peer.js";
import { urlFor } from "../support/transports.js";
import { eventually } from "../support/until.js";
import { Recorder } from "../transport-conformance/kit/recorder.js";

const kib = 1024;
const mib = 1024 * kib;

const answer = (requestId: string, bytes: number): StreamMessage =>
  create(StreamMessageSchema, {
    message: { case: "executeResponse", value: { requestId, payload: new Uint8Array(bytes) } },
  });

const arn = (instanceId: string) => `matrix:acme:echo_test:${instanceId}`;
const keyOf = (instanceId: string) => `acme.echo_test.${instanceId}`;

const requestTo = (instanceId: string, requestId: string, bytes = 1) => ({
  case: "executeRequest" as const,
  value: {
    requestId,
    payload: new Uint8Array(bytes).fill(0x31),
    payloadEncoding: PayloadEncoding.JSON,
    context: { connector_arn: arn(instanceId) },
  },
});

/** Streams of these instances on one socket, and the peer's end of it. */
async function streamsOf(...instances: string[]) {
  const peer = await phoenixPeer();
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const transport = createTransport("websocket", {
    endpoint: parseEndpoint(peer.url),
    tls: {},
    maxStreamsPerChannel: 1,
    connectTimeoutMs: 60_000,
    ping: { intervalMs: 3_600_000, timeoutMs: 3_600_000 },
    maxMessageBytes: 4 * mib,
  });
  onTestFinished(() => transport.close());
  const opened = await Promise.all(
    instances.map(async (instanceId) => {
      const sink = new Recorder();
      const first = create(StreamMessageSchema, {
        message: {
          case: "registerRequest",
          value: { tenantId: "acme", connectorType: "echo_test", instanceId },
        },
      });
      const signal = new AbortController().signal;
      const stream = await transport.open({ first, sink, signal, timeoutMs: 60_000 });
      // The answer to the register request makes its address known.
      await eventually(() => sink.messages.length === 1);
      return { stream, sink };
    }),
  );
  expect(peer.sockets).toHaveLength(1);
  return { socket: peer.sockets[0] as PeerSocket, opened };
}

const answersAt = (socket: PeerSocket) =>
  socket.messages.flatMap(({ message }) =>
    message.case === "executeResponse" ? [message.value.requestId] : [],
  );

describe("a socket whose peer does not read", () => {
  it("stops who sends much at its own mark, takes the others' messages, and loses none", async () => {
    const { socket, opened } = await streamsOf("much", "little");
    const [much, little] = opened;
    if (!much || !little) throw new Error("There are no streams.");
    socket.ws.pause();
    let sent = 0;
    while (much.stream.send(answer(`much-${sent}`, 64 * kib)) && sent < 10_000) sent += 1;
    expect(sent).toBeLessThan(10_000);
    expect(much.stream.bufferedBytes).toBeLessThan(highWaterBytes + 65 * kib);
    expect(little.stream.send(answer("little", 10))).toBe(true);
    expect(little.stream.bufferedBytes).toBeLessThan(kib);
    socket.ws.resume();
    await eventually(() => much.sink.writables === 1 && answersAt(socket).length === sent + 2);
    expect(answersAt(socket)).toContain("little");
    expect(little.sink.writables).toBe(0);
  });

  it("stops all when much waits for many, and lets all go on", async () => {
    const instances = Array.from({ length: 24 }, (_, n) => `i${n}`);
    const { socket, opened } = await streamsOf(...instances);
    socket.ws.pause();
    let sent = 0;
    for (const { stream } of opened) while (stream.send(answer(`${sent}`, 64 * kib))) sent += 1;
    sent += opened.length;
    const waiting = opened.reduce((sum, { stream }) => sum + stream.bufferedBytes, 0);
    // Each of them may still send one message before it is told.
    expect(waiting).toBeLessThan(socketLimits.highWaterBytes + opened.length * 65 * kib);
    expect(waiting).toBeGreaterThan(8 * mib);
    socket.ws.resume();
    await eventually(() => opened.every(({ sink }) => sink.writables === 1));
    await eventually(() => answersAt(socket).length === sent);
  });

  it("gets no more answers to heartbeats than a bound, and one for the rest when it reads again", async () => {
    const { socket, opened } = await streamsOf("a");
    const gatewayId = "x".repeat(512 * kib);
    const asked = 100;
    socket.ws.pause();
    for (let n = 0; n < asked; n += 1)
      socket.send({ case: "heartbeatRequest", value: { gatewayId: `${gatewayId}${n}` } });
    socket.send(requestTo("a", "behind"));
    await eventually(() => opened[0]?.sink.ids.includes("behind") === true);
    socket.ws.resume();
    opened[0]?.stream.send(answer("last", 1));
    await eventually(() => answersAt(socket).includes("last"));
    const answered = () =>
      socket.messages.flatMap(({ message }) =>
        message.case === "heartbeatResponse" ? [message.value.gatewayId.slice(gatewayId.length)] : [],
      );
    await eventually(() => answered().at(-1) === String(asked - 1));
    // What the operating system takes comes on top.
    expect(answered().length * 512 * kib).toBeLessThan(socketLimits.highWaterBytes + 16 * mib);
  });
});

describe("a registration that has paused on a shared socket", () => {
  it("is kept a bounded amount of what comes, by its bytes; then the socket is not read, and goes on in order", async () => {
    const pause = vi.spyOn(WebSocket.prototype, "pause");
    onTestFinished(() => pause.mockRestore());
    const { socket, opened } = await streamsOf("slow", "quick");
    const [slow, quick] = opened;
    if (!slow || !quick) throw new Error("There are no streams.");
    slow.stream.pause();
    socket.send(requestTo("quick", "before"));
    await eventually(() => quick.sink.ids.includes("before"));
    for (let n = 0; n < 32; n += 1) socket.send(requestTo("slow", `slow-${n}`, mib));
    socket.send(requestTo("quick", "behind"));
    await eventually(() => pause.mock.calls.length === 1);
    expect(slow.sink.messages).toHaveLength(1);
    expect(quick.sink.ids).not.toContain("behind");
    slow.stream.resume();
    await eventually(() => quick.sink.ids.includes("behind"));
    expect(slow.sink.ids.slice(1)).toEqual(Array.from({ length: 32 }, (_, n) => `slow-${n}`));
  });
});

async function servedBy(gateway: Gateway, connectors: Readonly<Record<string, typeof echo>>, options = {}) {
  const runtime = createRuntime({ url: urlFor(gateway, "websocket"), env: {}, strict: true, ...options });
  onTestFinished(() => runtime.close());
  for (const [instanceId, connector] of Object.entries(connectors))
    runtime.add({ tenantId: "acme", instanceId, connector });
  await runtime.start();
  expect(gateway.stats().connectionsAccepted).toBe(1);
  return runtime;
}

describe("registrations on a shared socket of the embedded gateway", () => {
  it("go on beside one whose handler is slow, which keeps a bounded number of requests", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const work = gated();
    const limits = { maxConcurrentRequests: 2, maxQueuedRequests: 10, requestTimeoutMs: 3_600_000 };
    const runtime = await servedBy(gateway, { slow: work.connector, quick: echo }, limits);
    const payload = "x".repeat(10_000);
    const asked = Array.from({ length: 100 }, () =>
      gateway.execute("acme.gated.slow", { payload, timeoutMs: 1_000_000 }),
    );
    await work.started(2);
    for (let n = 0; n < 50; n += 1)
      expect((await gateway.execute(keyOf("quick"), { payload: n })).json()).toBe(n);
    const slow = runtime.registration("acme.gated.slow");
    await eventually(() => slow.status().counters.overloads === 88);
    expect(slow.status().work).toMatchObject({ running: 2, queued: 10 });
    work.release();
    const answers = await Promise.all(asked);
    expect(answers.filter(({ success }) => success)).toHaveLength(12);
    expect(answers.find(({ success }) => !success)?.error).toContain("overloaded");
    expect(runtime.registration(keyOf("quick")).status().counters.total_disconnects).toBe(0);
  });

  it("have large answers of one beside small ones of another, with nothing lost", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const large = requestResponseConnector({
      type: "large",
      version: "1.0.0",
      execute: () => "x".repeat(512 * kib),
    });
    await servedBy(gateway, { large, small: echo });
    const larges = Array.from({ length: 40 }, () =>
      gateway.execute("acme.large.large", { payload: 0, timeoutMs: 1_000_000 }),
    );
    const smalls = Array.from({ length: 40 }, (_, n) =>
      gateway.execute(keyOf("small"), { payload: n, timeoutMs: 1_000_000 }),
    );
    for (const [n, one] of (await Promise.all(smalls)).entries()) expect(one.json()).toBe(n);
    for (const one of await Promise.all(larges)) expect(String(one.json())).toHaveLength(512 * kib);
  });
});

describe("a client that does not read a socket of the embedded gateway", () => {
  async function unread(...instances: string[]) {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const ws = new WebSocket(`${urlFor(gateway, "websocket")}/socket/connector/websocket?vsn=2.0.0`);
    onTestFinished(() => ws.terminate());
    const frames: string[] = [];
    ws.on("message", (data) => void frames.push(String(data)));
    await new Promise((resolve) => ws.once("open", resolve));
    ws.send('["1","1","connector:lobby","phx_join",{}]');
    for (const instanceId of instances) {
      const value = { tenantId: "acme", connectorType: "echo_test", instanceId };
      ws.send(encoded({ case: "registerRequest", value }));
    }
    await gateway.until((one) => one.stats().accepted === instances.length);
    await eventually(() => frames.length === instances.length + 1);
    ws.pause();
    return { gateway, ws, frames };
  }

  it("has one's requests wait in its own queue, so that another's are not behind all of them", async () => {
    const { gateway, ws, frames } = await unread("much", "little");
    const before = frames.length;
    for (let n = 0; n < 40; n += 1)
      gateway.execute(keyOf("much"), { payload: "x".repeat(mib) }).catch(() => {});
    gateway.execute(keyOf("little"), { payload: "small" }).catch(() => {});
    ws.resume();
    await eventually(() => frames.length === before + 41);
    const small = frames.slice(before).findIndex((frame) => frame.length < kib);
    expect(small).toBeGreaterThan(-1);
    expect(small).toBeLessThan(40);
  });

  it("gets no more replies to heartbeats than a bound", async () => {
    const { gateway, ws, frames } = await unread("a");
    const before = frames.length;
    const ref = "x".repeat(512 * kib);
    const asked = 100;
    for (let n = 0; n < asked; n += 1) ws.send(`[null,"${ref}","phoenix","heartbeat",{}]`);
    ws.send(encoded({ case: "heartbeatRequest", value: {} }));
    await gateway.until((one) => one.stats().heartbeats === 1, 60_000);
    ws.resume();
    const value = { tenantId: "acme", connectorType: "echo_test", instanceId: "later" };
    ws.send(encoded({ case: "registerRequest", value }));
    const isMessage = (frame: string) => frame.slice(0, 100).includes('"proto"');
    await eventually(() => frames.slice(before).filter(isMessage).length === 2);
    expect((frames.length - before) * 512 * kib).toBeLessThan(socketLimits.highWaterBytes + 16 * mib);
  });
});

/** Registrations of one tenant on one WebSocket, against the embedded gateway and a peer written from the wire's rules. */
import { createRuntime, requestResponseConnector } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  RegistrationStatus as Approval,
  PayloadEncoding,
  type StreamMessage,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { echo, gated } from "../support/connectors.js";
import { accept, encoded, type PeerSocket, phoenixPeer } from "../support/phoenix-peer.js";
import { urlFor } from "../support/transports.js";
import { backingOff, eventually, serving, untilStatus } from "../support/until.js";

const of = (instanceId: string, tenantId = "acme") => ({ tenantId, instanceId, connector: echo });
const keyOf = (instanceId: string, tenantId = "acme") => `${tenantId}.echo_test.${instanceId}`;

async function gatewayOf(): Promise<Gateway> {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  return gateway;
}

function runtimeOf(url: string, options: Parameters<typeof createRuntime>[0] = {}) {
  const backoff = { baseMs: 20, maxMs: 100, jitterMs: 0 };
  const runtime = createRuntime({ url, env: {}, strict: true, backoff, refusedDelayMs: 50, ...options });
  onTestFinished(() => runtime.close());
  return runtime;
}

describe("registrations on a shared socket of the embedded gateway", () => {
  it("[C14 #79] [C16 #72] [T12.2 W1 W4] of one tenant share it, and each answers what is addressed to it", async () => {
    const gateway = await gatewayOf();
    const seen = new Map<string, number>();
    const runtime = runtimeOf(urlFor(gateway, "websocket"));
    for (const instanceId of ["a", "b", "c", "d"]) {
      const connector = requestResponseConnector({
        type: "echo_test",
        version: "1.0.0",
        execute: (request) => {
          seen.set(instanceId, (seen.get(instanceId) ?? 0) + 1);
          return { instanceId, said: request.json() };
        },
      });
      runtime.add({ tenantId: "acme", instanceId, connector });
    }
    await runtime.start();
    expect(gateway.stats().connectionsAccepted).toBe(1);
    const asked = ["a", "b", "c", "d"].flatMap((instanceId) =>
      Array.from({ length: 5 }, async (_, n) => {
        const answer = await gateway.execute(keyOf(instanceId), { payload: n });
        expect(answer.json()).toEqual({ instanceId, said: n });
      }),
    );
    await Promise.all(asked);
    expect([...seen.values()]).toEqual([5, 5, 5, 5]);
    expect(runtime.status().channels).toEqual([
      { id: 1, state: "ready", streams: 4, capacity: 512, unreadable: 0, worker: null },
    ]);
    expect(await runtime.drain({ deadlineMs: 60_000 })).toMatchObject({ lost: [], forced: false });
  });

  it("[C14 #79] [C16 #72] [T12.2 W2] [A16 #90] of two tenants never share one", async () => {
    const gateway = await gatewayOf();
    const runtime = runtimeOf(urlFor(gateway, "websocket"));
    runtime.add(of("same", "tenant-a"));
    for (const instanceId of ["same", "other"]) runtime.add(of(instanceId, "tenant-b"));
    await runtime.start();
    expect(gateway.stats().connectionsAccepted).toBe(2);
    expect(runtime.status().channels.map(({ streams }) => streams)).toEqual([1, 2]);
  });

  it("[C14 #80] [C16 #68] [T12.7 #3] go on a further socket when the places of one are taken", async () => {
    const gateway = await gatewayOf();
    const runtime = runtimeOf(urlFor(gateway, "websocket"), { maxRegistrationsPerSocket: 3 });
    for (let n = 0; n < 8; n += 1) runtime.add(of(`i${n}`));
    await runtime.start();
    expect(gateway.stats().connectionsAccepted).toBe(3);
    expect(runtime.status().channels.map(({ streams }) => streams)).toEqual([3, 3, 2]);
    for (let n = 0; n < 8; n += 1)
      expect((await gateway.execute(keyOf(`i${n}`), { payload: n })).json()).toBe(n);
  });

  it("are not touched when one is rejected, refused, paused, and comes back", async () => {
    const gateway = await gatewayOf();
    const runtime = runtimeOf(urlFor(gateway, "websocket"));
    const work = gated();
    runtime.add({ tenantId: "acme", instanceId: "good", connector: work.connector });
    const bad = runtime.add(of("bad"));
    await runtime.start();
    const good = "acme.gated.good";
    const before = runtime.journal(good).length;
    const answer = gateway.execute(good, { payload: "kept" });
    await work.started(1);
    gateway.reject(bad.key);
    await untilStatus(runtime, bad.key, (one) => !one.ready);
    gateway.approve(bad.key);
    bad.retryNow();
    await untilStatus(runtime, bad.key, serving);
    gateway.fault({ failRegister: 1 });
    const refused = untilStatus(runtime, bad.key, backingOff);
    bad.restart();
    await refused;
    await untilStatus(runtime, bad.key, serving);
    bad.pause();
    await untilStatus(runtime, bad.key, (one) => one.state === "paused");
    bad.resume();
    await untilStatus(runtime, bad.key, serving);
    work.release();
    expect((await answer).json()).toBe("kept");
    expect(runtime.journal(good).slice(before)).toEqual([]);
    expect((await gateway.execute(bad.key, { payload: 1 })).json()).toBe(1);
  });

  it("are all back after the socket was cut", async () => {
    const gateway = await gatewayOf();
    const runtime = runtimeOf(urlFor(gateway, "websocket"));
    for (let n = 0; n < 20; n += 1) runtime.add(of(`i${n}`));
    await runtime.start();
    gateway.disturb("cut");
    await gateway.until((one) => one.stats().accepted === 40, 60_000);
    await eventually(() => runtime.status().ready);
    expect(gateway.stats().connectionsAccepted).toBe(2);
  });
});

describe("a socket of a peer", () => {
  it("[C14 #84] is opened and joined as the protocol says, and left with a close frame", async () => {
    await using peer = await phoenixPeer();
    const runtime = runtimeOf(peer.url);
    runtime.add(of("a"));
    await runtime.start();
    const [socket] = peer.sockets;
    expect(socket?.path).toBe("/socket/connector/websocket?vsn=2.0.0");
    for (const name of ["origin", "authorization", "cookie", "sec-websocket-extensions"])
      expect(socket?.headers[name]).toBeUndefined();
    expect(socket?.frames[0]).toEqual(["1", "1", "connector:lobby", "phx_join", {}]);
    expect(socket?.frames[1]?.slice(0, 4)).toEqual(["1", "2", "connector:lobby", "proto"]);
    await runtime.close();
    await eventually(() => socket?.closed !== undefined);
    expect(socket?.frames.at(-1)?.[3]).toBe("phx_leave");
    expect(socket?.closed).toEqual({ code: 1000 });
  });

  /** A runtime with these instances, all served on one socket. */
  async function shared(...instances: string[]) {
    const peer = await phoenixPeer();
    onTestFinished(() => peer[Symbol.asyncDispose]());
    const runtime = runtimeOf(peer.url);
    for (const instanceId of instances) runtime.add(of(instanceId));
    await runtime.start();
    const socket = peer.sockets[0] as PeerSocket;
    const answers = () =>
      socket.messages.flatMap(({ message }) => (message.case === "executeResponse" ? [message.value] : []));
    const execute = (requestId: string, arn?: string) =>
      socket.send({
        case: "executeRequest",
        value: {
          requestId,
          payload: Buffer.from("1"),
          payloadEncoding: PayloadEncoding.JSON,
          context: arn === undefined ? {} : { connector_arn: arn },
        },
      });
    return { peer, runtime, socket, answers, execute };
  }

  it("[T12.7 #8] answers nothing that is addressed to nobody, nor what has no address while there are several", async () => {
    const { answers, execute } = await shared("a", "b");
    execute("nobody", "matrix:acme:echo_test:gone");
    execute("whose");
    execute("mine", "matrix:acme:echo_test:b");
    await eventually(() => answers().length === 1);
    expect(answers().map(({ requestId }) => requestId)).toEqual(["mine"]);
  });

  it("[T12.7 #8 #9] answers what has no address when there is one, and nothing that is addressed to another", async () => {
    const { answers, execute } = await shared("a");
    execute("nobody", "matrix:acme:echo_test:gone");
    execute("bare");
    await eventually(() => answers().length === 1);
    expect(answers().map(({ requestId }) => requestId)).toEqual(["bare"]);
  });

  it("[C16 #69] [T12.7 #6 #7] [A16 #83 #84] gives an approval to the one that it names, and to nobody else", async () => {
    const { socket, runtime } = await shared("a", "b");
    const rejected = (gatewayId: string) =>
      socket.send({ case: "approvalNotification", value: { gatewayId, status: Approval.REJECTED } });
    rejected(keyOf("gone"));
    rejected(keyOf("a"));
    await untilStatus(runtime, keyOf("a"), (one) => !one.ready);
    expect(runtime.journal(keyOf("b")).at(-1)).toMatchObject({ state: expect.stringMatching(/^streaming/) });
  });

  it("[C16 #70] [C17 #20] [T12.7 #10] [A16 #89] finds by its instance the one whose type was rewritten, where that is unique", async () => {
    await using peer = await phoenixPeer((request, socket) =>
      accept(request, socket, `matrix:acme:canonical:${request.instanceId}`),
    );
    const runtime = runtimeOf(peer.url);
    runtime.add(of("a"));
    runtime.add(of("b"));
    expect(await runtime.start()).toMatchObject({ failing: [] });
    expect(peer.sockets).toHaveLength(1);
  });

  it("refuses one registration, also without an address, and serves the others", async () => {
    await using peer = await phoenixPeer((request, socket) => {
      if (request.instanceId !== "bad") return accept(request, socket);
      socket.send({
        case: "registerResponse",
        value: { success: false, status: Approval.REJECTED, error: "no" },
      });
    });
    const runtime = runtimeOf(peer.url, { backoff: { baseMs: 60_000, maxMs: 60_000 } });
    for (const name of ["good", "bad", "fine"]) runtime.add(of(name));
    void runtime.start();
    await untilStatus(runtime, keyOf("bad"), backingOff);
    await untilStatus(runtime, keyOf("good"), serving);
    await untilStatus(runtime, keyOf("fine"), serving);
    expect(peer.sockets).toHaveLength(1);
    expect(peer.sockets[0]?.closed).toBeUndefined();
  });

  it("takes binary messages, and passes over what is none", async () => {
    const { socket, answers } = await shared("a");
    socket.ws.send(Buffer.from("no message \xff"));
    socket.ws.send("no frame");
    socket.ws.send("[1,2]");
    socket.event("proto", { data: "deadbeef!" });
    socket.event("proto", {});
    socket.event("presence_state");
    const value = { requestId: "binary", payload: Buffer.from("1"), payloadEncoding: PayloadEncoding.JSON };
    socket.ws.send(encoded({ case: "executeRequest", value }));
    await eventually(() => answers().length === 1);
    expect(answers()[0]).toMatchObject({ requestId: "binary", success: true });
    expect(socket.closed).toBeUndefined();
  });

  it("that falls silent is found by its own heartbeats, and dialled anew", async () => {
    await using peer = await phoenixPeer();
    const runtime = runtimeOf(peer.url, { ping: { intervalMs: 30, timeoutMs: 100 } });
    runtime.add(of("a"));
    await runtime.start();
    const [first] = peer.sockets;
    const lost = untilStatus(runtime, keyOf("a"), (one) => one.code === "HEARTBEAT_TIMEOUT");
    if (first) first.silent = true;
    await lost;
    await untilStatus(runtime, keyOf("a"), serving);
    expect(peer.sockets.length).toBeGreaterThan(1);
  });

  it.each([
    ["phx_error", "PHX_ERROR"],
    ["phx_close", null],
  ])("ends for all with %s, and all come back", async (event, code) => {
    const { socket, runtime, peer } = await shared("a", "b");
    const lost = ["a", "b"].map((name) => untilStatus(runtime, keyOf(name), (one) => !one.ready));
    socket.event(event);
    for (const one of await Promise.all(lost)) expect(one.code).toBe(code);
    for (const name of ["a", "b"]) await untilStatus(runtime, keyOf(name), serving);
    expect(peer.sockets).toHaveLength(2);
  });

  it("hears one heartbeat for all that beat in one turn", async () => {
    await using peer = await phoenixPeer();
    const runtime = runtimeOf(peer.url, { heartbeat: { intervalMs: 200, timeoutMs: 60_000 } });
    for (let n = 0; n < 10; n += 1) runtime.add(of(`i${n}`));
    await runtime.start();
    const isBeat = ({ message }: StreamMessage) => message.case === "heartbeatRequest";
    const beats = () => peer.sockets[0]?.messages.filter(isBeat).length ?? 0;
    await eventually(() => beats() > 0);
    expect(beats()).toBe(1);
    expect(peer.sockets[0]?.registers).toHaveLength(10);
  });
});

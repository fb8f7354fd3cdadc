/** The broker on NATS at a real nats-server that is lost, comes back, refuses, or has lost events. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { eventConnector, Secret } from "mooring";
import { startTestBench } from "mooring/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { clockConnector } from "../../examples/clock.js";
import { payloads, take } from "../connectors/events/broker-suite.js";
import { follow } from "../support/run-command.js";
import { newStream } from "./server.js";
import { brokerOf, clientOf, numbers, started } from "./started.js";

describe("a server that is killed and comes back", () => {
  it("loses no event, and readers by themselves get each once, in order", async () => {
    const server = await started();
    const broker = brokerOf(server, { timeoutMs: 60_000 });
    const reader = await broker.subscribe("a.*");
    for (const n of numbers(1, 20)) await broker.publish("a.b", n);
    expect(payloads(await take(reader, 10))).toEqual(numbers(1, 10));
    await server.kill();
    const publishing = numbers(21, 30).map((n) => broker.publish("a.b", n, { id: `m-${n}` }));
    await server.up();
    await Promise.all(publishing);
    await broker.publish("a.b", 31);
    const rest = payloads(await take(reader, 21));
    expect(rest.slice(0, 10)).toEqual(numbers(11, 20));
    expect([...rest.slice(10, 20)].sort()).toEqual(numbers(21, 30));
    expect(rest.at(-1)).toBe(31);
    expect((await broker.publish("a.b", 0, { id: "m-21" })).payload).toBe(21);
  });

  it("leaves a group's readers where they are, and hears what is acknowledged while it is away", async () => {
    const server = await started();
    const broker = brokerOf(server, { timeoutMs: 60_000 });
    const reader = await broker.subscribe("a.*", { group: "g", autoAck: false });
    for (const n of numbers(1, 4)) await broker.publish("a.b", n, { partitionKey: `k-${n}` });
    const held = await take(reader, 4);
    const waiting = reader.next();
    await server.kill();
    for (const { acknowledge } of held) acknowledge();
    await server.up();
    await broker.publish("a.b", 5);
    const fifth = await waiting;
    expect(fifth).toMatchObject({ message: { payload: 5 }, deliveries: 1 });
    fifth?.acknowledge();
    await broker.publish("a.b", 6, { partitionKey: "k-3" });
    expect((await take(reader, 1))[0]).toMatchObject({ message: { payload: 6 }, deliveries: 1 });
  });

  it.each([{}, { group: "g" }])(
    "does not keep a reader that looks for what it missed, with %j",
    async (options) => {
      vi.useFakeTimers({ toFake: ["performance"] });
      onTestFinished(() => void vi.useRealTimers());
      const server = await started();
      // A request to the lost server would last longer than the test.
      const broker = brokerOf(server, { timeoutMs: 600_000 });
      const reader = await broker.subscribe("a.*", options);
      await broker.publish("a.b", 1);
      await take(reader, 1);
      vi.advanceTimersByTime(2_000);
      await server.kill();
      const waiting = reader.next();
      await server.up();
      await broker.publish("a.b", 2);
      expect((await waiting)?.message.payload).toBe(2);
    },
  );

  it("ends calls in their time while it is away", async () => {
    const server = await started();
    const broker = brokerOf(server, { timeoutMs: 500 });
    await broker.publish("a.b", 1);
    await server.kill();
    await expect(broker.publish("a.b", 2)).rejects.toMatchObject({
      code: "TIMEOUT",
      message: expect.stringContaining("did not answer in 500 ms (timeoutMs)"),
    });
    await expect(broker.subscribe("a.b")).rejects.toMatchObject({ code: "TIMEOUT" });
    await server.up();
    await expect.poll(() => broker.publish("a.b", 3).catch(() => undefined)).toBeTruthy();
  });

  it("ends its readers when it does not let them in any more", async () => {
    const users = (password: string) => `authorization { users = [{ user: "me", password: "${password}" }] }`;
    const server = await started(users("planted-secret-1"));
    const broker = brokerOf(server, { user: "me", password: new Secret("planted-secret-1") });
    const [alone, grouped] = [await broker.subscribe("a"), await broker.subscribe("a", { group: "g" })];
    const waiting = [alone.next(), grouped.next()].map((next) => next.catch((error: unknown) => error));
    await server.kill();
    server.config = users("planted-secret-2");
    await server.up();
    const refused = { code: "CONNECTION_ERROR", message: expect.stringContaining("refuses the credentials") };
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject(refused);
    await expect(alone.next()).rejects.toMatchObject(refused);
    await expect(broker.publish("a", 1)).rejects.toMatchObject(refused);
  });
});

describe("processes of one group", () => {
  const member = fileURLToPath(new URL("./group-member.mjs", import.meta.url));

  it("share the events, and one has those of another that was killed", async () => {
    const server = await started();
    const stream = newStream();
    const broker = brokerOf(server, { stream, ackWaitMs: 1_000 });
    // The group is made with the time that it waits.
    await (await broker.subscribe("jobs.*", { group: "workers" })).close();
    const run = (isAcknowledging: string) =>
      follow(spawn(process.execPath, [member, server.address, stream, isAcknowledging]));
    const holding = run("no");
    await holding.says("ready");
    await broker.publish("jobs.a", "first");
    await holding.says("got first 1");
    const working = run("yes");
    await working.says("ready");
    holding.child.kill("SIGKILL");
    await holding.exited;
    for (const n of numbers(1, 10)) await broker.publish("jobs.a", n, { partitionKey: `k-${n % 3}` });
    for (const n of numbers(1, 10)) await working.says(`got ${n} `);
    await working.says(/got first [2-9]/);
    working.child.stdin?.end();
    await working.says("over");
    expect(await working.exited).toBe(0);
  });
});

describe("what cannot be used is told", () => {
  it("credentials that are wrong, and none", async () => {
    const server = await started('authorization { token: "planted-secret-right" }');
    const words = { code: "CONNECTION_ERROR", message: expect.stringContaining("refuses the credentials") };
    await expect(brokerOf(server).publish("a", 1)).rejects.toMatchObject(words);
    await expect(brokerOf(server, { token: "planted-secret-wrong" }).publish("a", 1)).rejects.toMatchObject(
      words,
    );
    await expect(brokerOf(server, { token: "planted-secret-right" }).publish("a", 1)).resolves.toBeTruthy();
    await expect(brokerOf(server, { credentialsFile: "/nowhere/x.creds" }).publish("a", 1)).rejects.toThrow(
      "credentialsFile cannot be read (ENOENT)",
    );
  });

  it("a user who may not do what the broker needs", async () => {
    const server = await started(
      'authorization { users = [{ user: "me", password: "planted-secret", permissions: { publish: ["x"] } }] }',
    );
    const broker = brokerOf(server, { user: "me", password: "planted-secret", timeoutMs: 2_000 });
    await expect(broker.publish("a", 1)).rejects.toMatchObject({ code: "CONNECTION_ERROR" });
    await expect(broker.publish("a", 1)).rejects.toThrow("allow its user");
  });

  it("an account without JetStream, and a stream of another program", async () => {
    const server = await started(
      'accounts { A { users = [{ user: "a", password: "planted-secret" }] }, B { jetstream: enabled, users = [{ user: "b", password: "planted-secret" }] } }',
    );
    await expect(brokerOf(server, { user: "a", password: "planted-secret" }).publish("a", 1)).rejects.toThrow(
      "has no JetStream: start nats-server with -js",
    );
    const client = await connect({ servers: server.address, user: "b", pass: "planted-secret" });
    onTestFinished(() => client.close());
    await (await jetstreamManager(client)).streams.add({ name: "theirs", subjects: ["theirs.>"] });
    await expect(
      brokerOf(server, { user: "b", password: "planted-secret", stream: "theirs" }).publish("a", 1),
    ).rejects.toThrow('stream "theirs" is there, and another program\'s');
  });

  it("a payload that the server does not take", async () => {
    const server = await started("max_payload: 2000");
    const broker = brokerOf(server);
    await expect(broker.publish("a", "x".repeat(1_900))).rejects.toThrow("max_payload of the server");
    await expect(broker.publish("a", "x".repeat(1_000))).resolves.toBeTruthy();
    await expect(brokerOf(server, { maxEventBytes: 10 }).publish("a", "x".repeat(11))).rejects.toThrow(
      "(maxEventBytes",
    );
  });
});

describe("events of the stream", () => {
  it("are missed when the stream lets them go, and readers are told", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await started();
    const broker = brokerOf(server, { maxEvents: 10 });
    const [all, some] = [await broker.subscribe("**"), await broker.subscribe("a.*")];
    const group = { group: "g" };
    await (await broker.subscribe("a.*", group)).close();
    for (const n of numbers(1, 30)) await broker.publish("a.b", n);
    vi.advanceTimersByTime(2_000);
    expect((await take(all, 2)).map(({ message, missed }) => [message.payload, missed])).toEqual([
      [21, 20],
      [22, 0],
    ]);
    expect((await take(some, 1))[0]).toMatchObject({ message: { payload: 21 }, missed: 1 });
    const grouped = await take(await broker.subscribe("a.*", group), 2);
    expect(grouped.map(({ missed }) => missed)).toEqual([1, 0]);
    const replay = await broker.subscribe("a.*", { fromTimestamp: 0 });
    expect((await take(replay, 1))[0]).toMatchObject({ message: { payload: 21 }, missed: 1 });
  });

  it("are not handed out when they have expired", async () => {
    const server = await started();
    const broker = brokerOf(server);
    const begin = Date.now();
    await broker.publish("a.b", "short", { ttlMs: 1, partitionKey: "k" });
    await broker.publish("a.b", "long", { ttlMs: 60_000_000, partitionKey: "k" });
    await expect.poll(() => Date.now()).toBeGreaterThan(begin + 2);
    const replay = { fromTimestamp: begin };
    expect(payloads(await take(await broker.subscribe("a.b", replay), 1))).toEqual(["long"]);
    expect(payloads(await take(await broker.subscribe("a.b", { ...replay, group: "g" }), 1))).toEqual([
      "long",
    ]);
  });

  it("are not looked for by an id beyond the newest 10,000", async () => {
    const server = await started();
    const stream = newStream();
    const broker = brokerOf(server, { stream, timeoutMs: 60_000 });
    await broker.publish("a.b", 0, { id: "old" });
    const client = await clientOf(server);
    const begins: number[] = [];
    client.subscribe(`$JS.API.CONSUMER.CREATE.${stream}.>`, {
      callback: (_, message) => {
        const { config } = message.json<{ readonly config: { readonly opt_start_seq: number } }>();
        begins.push(config.opt_start_seq);
      },
    });
    for (const thousand of numbers(1, 12)) {
      for (const n of numbers(1, 1_000)) client.publish(`${stream}.n.a.b`, `${thousand * n}`);
      await client.flush();
    }
    const manager = await jetstreamManager(client);
    const last = async () => (await manager.streams.info(stream)).state.last_seq;
    await expect.poll(last).toBe(12_001);
    await expect(broker.subscribe("a.*", { fromId: "old" })).rejects.toThrow(
      "fromId must be the id of an event that is among the newest 10,000 of the stream",
    );
    await client.flush();
    expect(begins).toEqual([11_002, 2_002]);
  });

  it("are found by their id", async () => {
    const server = await started();
    const broker = brokerOf(server);
    await broker.publish("a.b", 0, { id: "the\nfirst" });
    await Promise.all(numbers(1, 1_200).map((n) => broker.publish("a.c", n)));
    await broker.publish("a.b", "last");
    for (const options of [{}, { group: "g" }]) {
      const reader = await broker.subscribe("a.b", { ...options, fromId: "the\nfirst" });
      expect(payloads(await take(reader, 1))).toEqual(["last"]);
    }
    await expect(broker.subscribe("a.b", { fromId: "unknown" })).rejects.toThrow("fromId must be the id");
  });

  it("of other programs are events, too", async () => {
    const server = await started();
    const stream = newStream();
    const broker = brokerOf(server, { stream });
    const reader = await broker.subscribe("a.*");
    const client = await clientOf(server);
    client.publish(`${stream}.n.a.b`, "no JSON");
    const [event] = await take(reader, 1);
    expect(event?.message).toMatchObject({ topic: "a.b", payload: "no JSON", headers: {} });
    await broker.publish("a.c", "next");
    const after = await broker.subscribe("a.*", { fromId: event?.message.message_id ?? "" });
    expect(payloads(await take(after, 1))).toEqual(["next"]);
  });

  it("wait at the server for readers that do not come for them", async () => {
    const server = await started();
    const stream = newStream();
    const broker = brokerOf(server, { stream });
    const [alone, grouped] = [await broker.subscribe("a"), await broker.subscribe("a", { group: "g" })];
    await Promise.all(numbers(1, 500).map((n) => broker.publish("a", n)));
    await Promise.all([take(alone, 1), take(grouped, 1)]);
    const { consumers } = await jetstreamManager(await clientOf(server));
    const delivered = new Map<string, number>();
    for await (const info of consumers.list(stream)) delivered.set(info.name, info.delivered.consumer_seq);
    expect(delivered.get("g_g-n")).toBe(1);
    expect(Math.max(...delivered.values())).toBeLessThanOrEqual(100);
    expect((await take(alone, 499)).at(-1)?.message.message_id).toBeTypeOf("string");
  });

  it("of a timer are published once by however many processes have it", async () => {
    const server = await started();
    const stream = newStream();
    const clocks = [brokerOf(server, { stream }), brokerOf(server, { stream })];
    const reader = await brokerOf(server, { stream }).subscribe("clock.*");
    for (const broker of clocks) {
      const clock = clockConnector(50, broker);
      onTestFinished(() => clock.close());
    }
    const ids = (await take(reader, 10)).map(({ message }) => message.message_id);
    expect(new Set(ids).size).toBe(10);
  });

  it("stay with a reader for as long as it lives", async () => {
    const server = await started();
    const stream = newStream();
    const broker = brokerOf(server, { stream, ackWaitMs: 500 });
    const options = { group: "g", autoAck: false };
    const [one, other] = [await broker.subscribe("a", options), await broker.subscribe("a", options)];
    const client = await clientOf(server);
    const signs = client.subscribe("$JS.ACK.>");
    await broker.publish("a", 1);
    const [event] = await take(one, 1);
    let count = 0;
    // Six of them are twice as long as the server waits.
    for await (const sign of signs) if (sign.string() === "+WPI" && ++count === 6) break;
    expect(await other.next(AbortSignal.abort())).toBeUndefined();
    await one.close();
    event?.acknowledge();
    expect((await take(other, 1))[0]).toMatchObject({ message: { payload: 1 }, deliveries: 2 });
  });

  it("go through an event connector as those in memory do", async () => {
    const server = await started();
    const broker = brokerOf(server);
    const connector = eventConnector({ type: "shop", version: "1.0.0", broker });
    onTestFinished(() => connector.close());
    const bench = await startTestBench({ registrations: [{ tenantId: "acme", instanceId: "1", connector }] });
    onTestFinished(() => bench.close());
    const ask = async (capabilityId: string, payload: unknown) =>
      (await bench.gateway.execute("acme.shop.1", { capabilityId, payload })).json() as Record<string, never>;
    const { subscription_id } = await ask("subscribe", {
      pattern: "a.**",
      consumer_group: "g",
      auto_ack: false,
    });
    for (const n of numbers(1, 5)) await ask("publish", { topic: "a.b", payload: n, message_id: `m-${n}` });
    const { events } = await ask("receive", { subscription_id, wait_ms: 5_000 });
    expect(events).toHaveLength(5);
    expect(
      await ask("acknowledge", { subscription_id, message_ids: numbers(1, 5).map((n) => `m-${n}`) }),
    ).toEqual({
      acknowledged: 5,
    });
    expect(await ask("receive", { subscription_id })).toEqual({ events: [] });
  });
});

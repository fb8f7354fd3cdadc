/** The broker on NATS when its stream is gone: it is made anew, here or by another process, and its places begin again. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { Logger } from "mooring";
import { expect, it } from "vitest";
import { payloads, take } from "../connectors/events/broker-suite.js";
import { newStream, type RealServer } from "./server.js";
import { brokerOf, clientOf, numbers, started } from "./started.js";

async function managerOf(server: RealServer) {
  return jetstreamManager(await clientOf(server));
}

/** Resolves with each message that was logged so far and later. */
function recordingLogger() {
  const lines: string[] = [];
  const wanted = new Map<string, () => void>();
  const log = (_: object, message: string) => {
    lines.push(message);
    wanted.get(message)?.();
  };
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const logged = (message: string) =>
    new Promise<void>((resolve) => {
      if (lines.includes(message)) resolve();
      else wanted.set(message, resolve);
    });
  return { lines, logger, logged };
}

it("goes on with a server that comes back with an empty disk, and tells readers", async () => {
  const server = await started();
  const { logger, logged } = recordingLogger();
  const broker = brokerOf(server, { timeoutMs: 60_000, logger });
  const [alone, grouped] = [await broker.subscribe("a.*"), await broker.subscribe("a.*", { group: "g" })];
  for (const n of numbers(1, 20)) await broker.publish("a.b", n);
  await Promise.all([take(alone, 10), take(grouped, 20)]);
  await server.lose();
  await server.up();
  for (const n of numbers(21, 28)) await broker.publish("a.b", n, { partitionKey: "k" });
  await logged("the stream is a new one: what readers had not read of the old one is lost");
  const rest = await take(grouped, 8);
  expect(payloads(rest)).toEqual(numbers(21, 28));
  expect(rest.map(({ missed }) => missed)).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  const later: unknown[] = [];
  while (later.at(-1) !== 28) later.push(...payloads(await take(alone, 1)));
  // Before them comes what it had of the old stream already.
  expect(later.slice(-8)).toEqual(numbers(21, 28));
});

it.each([{}, { group: "g" }])(
  "reads all of a stream that another process made anew, with %j",
  async (how) => {
    const server = await started();
    const stream = newStream();
    const broker = brokerOf(server, { stream, timeoutMs: 60_000 });
    const reader = await broker.subscribe("a.*", how);
    for (const n of numbers(1, 5)) await broker.publish("a.b", n);
    await take(reader, 5);
    await (await managerOf(server)).streams.delete(stream);
    const other = brokerOf(server, { stream });
    for (const n of numbers(11, 18)) await other.publish("a.b", n);
    const events = await take(reader, 8);
    expect(payloads(events)).toEqual(numbers(11, 18));
    expect(events.map(({ missed }) => missed)).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  },
);

it("reads from its first event a stream in which the reader's place is not reached yet", async () => {
  const server = await started();
  const stream = newStream();
  const broker = brokerOf(server, { stream, timeoutMs: 60_000 });
  for (const n of numbers(1, 5)) await broker.publish("a.b", n);
  const readers = [await broker.subscribe("a.*"), await broker.subscribe("a.*", { group: "g" })];
  await (await managerOf(server)).streams.delete(stream);
  const other = brokerOf(server, { stream });
  for (const n of numbers(11, 13)) await other.publish("a.b", n);
  for (const reader of readers) expect(payloads(await take(reader, 3))).toEqual(numbers(11, 13));
});

it("publishes into a stream that it makes anew when it is gone", async () => {
  const server = await started();
  const stream = newStream();
  const broker = brokerOf(server, { stream });
  await broker.publish("a.b", 1);
  await (await managerOf(server)).streams.delete(stream);
  await broker.publish("a.b", 2);
  await expect(broker.topics()).resolves.toEqual(["a.b"]);
  await (await managerOf(server)).streams.delete(stream);
  await expect(broker.topics()).resolves.toEqual([]);
});

it("does not take a word on an old event for one on a new event at the same place", async () => {
  const server = await started();
  const stream = newStream();
  const broker = brokerOf(server, { stream, timeoutMs: 60_000 });
  const options = { group: "g", autoAck: false };
  const reader = await broker.subscribe("a", options);
  await broker.publish("a", "old");
  const [old] = await take(reader, 1);
  await (await managerOf(server)).streams.delete(stream);
  const other = brokerOf(server, { stream });
  await other.publish("a", "new");
  expect(payloads(await take(reader, 1))).toEqual(["new"]);
  old?.acknowledge();
  await reader.close();
  const [again] = await take(await broker.subscribe("a", options), 1);
  expect(again).toMatchObject({ message: { payload: "new" }, deliveries: 2 });
});

it.each([{}, { group: "g" }])("ends a reader whose stream became another program's, with %j", async (how) => {
  const server = await started();
  const stream = newStream();
  const { logger, logged } = recordingLogger();
  const broker = brokerOf(server, { stream, logger });
  const reader = await broker.subscribe("a.*", how);
  const { streams } = await managerOf(server);
  await streams.delete(stream);
  await streams.add({ name: stream, subjects: [`${stream}.>`] });
  const theirs = { code: "INVALID_CONFIG", message: expect.stringContaining("another program's") };
  await expect(reader.next()).rejects.toMatchObject(theirs);
  await logged("a reader has ended: it cannot be put back in its place");
});

it("says once that readers cannot be put back in their places, and once that they are", async () => {
  const server = await started();
  const { lines, logger, logged } = recordingLogger();
  const broker = brokerOf(server, { timeoutMs: 300, logger });
  const readers = [await broker.subscribe("a"), await broker.subscribe("a", { group: "g" })];
  await broker.publish("a", 1);
  await server.kill();
  server.hasJetStream = false;
  await server.up();
  const first = "readers cannot be put back in their places: trying again";
  const over = "readers are back in their places";
  await logged(first);
  await server.kill();
  server.hasJetStream = true;
  await server.up();
  await logged(over);
  for (const reader of readers) expect(payloads(await take(reader, 1))).toEqual([1]);
  expect(lines.filter((line) => line === first || line === over)).toEqual([first, over]);
});

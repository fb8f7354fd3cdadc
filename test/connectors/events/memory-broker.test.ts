/** The broker in memory: what every broker does, and its bounds. */
import { memoryBroker } from "mooring";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { brokerSuite, payloads, take } from "./broker-suite.js";

brokerSuite("the broker in memory", async () => memoryBroker());

async function published(broker: ReturnType<typeof memoryBroker>, last: number, from = 1) {
  for (let n = from; n <= last; n += 1) await broker.publish("a.b", n);
}

describe("the broker in memory", () => {
  it("[C14 #54] tells a reader that is too slow for its buffer how many events it has missed", async () => {
    const broker = memoryBroker();
    const slow = await broker.subscribe("a.*", { buffer: 3 });
    await broker.publish("other", 0);
    await published(broker, 10);
    const came = await take(slow, 3);
    expect(came.map(({ message, missed }) => [message.payload, missed])).toEqual([
      [8, 7],
      [9, 0],
      [10, 0],
    ]);
    await published(broker, 11, 11);
    expect((await take(slow, 1))[0]).toMatchObject({ missed: 0, message: { payload: 11 } });
  });

  it("tells what it does not keep any more, by number and by bytes", async () => {
    const few = memoryBroker({ maxEvents: 4 });
    const slow = await few.subscribe("a.b");
    const other = await few.subscribe("a.c");
    await published(few, 10);
    await few.publish("a.c", "c");
    expect((await take(slow, 1))[0]).toMatchObject({ missed: 7, message: { payload: 8 } });
    expect((await take(other, 1))[0]).toMatchObject({ missed: 0 });
    const replay = await few.subscribe("a.b", { fromTimestamp: 0 });
    expect((await take(replay, 1))[0]!.missed).toBeGreaterThan(0);

    const small = memoryBroker({ maxBytes: 2_000, maxEventBytes: 600 });
    const reader = await small.subscribe("a.b");
    for (let n = 0; n < 6; n += 1) await small.publish("a.b", `${n}${"x".repeat(500)}`);
    expect((await take(reader, 1))[0]!.missed).toBeGreaterThanOrEqual(3);
    await expect(small.publish("a.b", "x".repeat(700))).rejects.toThrow("maxEventBytes");
  });

  it("replays more than a buffer holds", async () => {
    const broker = memoryBroker();
    await published(broker, 50);
    const replay = await broker.subscribe("a.b", { fromTimestamp: 0, buffer: 2 });
    expect(payloads(await take(replay, 50))).toHaveLength(50);
  });

  it("[C14 #53] [C16 #41] hands out nothing that has expired", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const broker = memoryBroker();
    const reader = await broker.subscribe("a.b");
    await broker.publish("a.b", "short", { ttlMs: 100 });
    await broker.publish("a.b", "long", { ttlMs: 1_000 });
    vi.advanceTimersByTime(500);
    expect((await take(reader, 1))[0]).toMatchObject({ missed: 0, message: { payload: "long" } });
  });

  it("bounds its readers and groups", async () => {
    const broker = memoryBroker({ maxSubscriptions: 2 });
    const first = await broker.subscribe("a", { group: "g" });
    await broker.subscribe("a");
    await expect(broker.subscribe("a")).rejects.toThrow("2 subscriptions already");
    await first.close();
    await broker.subscribe("a");
    expect(() => memoryBroker({ maxEvents: 0 })).toThrow("maxEvents must be");
    expect(() => memoryBroker({ maxBytes: 10, maxEventBytes: 11 })).toThrow("at most maxBytes");
  });
});

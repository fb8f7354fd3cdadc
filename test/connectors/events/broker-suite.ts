/** What every broker of events does. A broker's test calls it with a way to make one. */
import type { EventBroker, EventDelivery, EventSubscription, SubscribeOptions } from "mooring";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** So many events; fails when they do not come. */
export async function take(
  subscription: EventSubscription,
  count: number,
): Promise<readonly EventDelivery[]> {
  const taken: EventDelivery[] = [];
  while (taken.length < count) {
    const delivery = await subscription.next();
    if (!delivery) throw new Error(`only ${taken.length} of ${count} events came`);
    taken.push(delivery);
  }
  return taken;
}

export const payloads = (deliveries: readonly EventDelivery[]) =>
  deliveries.map(({ message }) => message.payload);

/** Publishes a last event of its own, and says what came before it. */
async function untilLast(broker: EventBroker, subscription: EventSubscription, topic: string) {
  await broker.publish(topic, "last");
  const seen: unknown[] = [];
  for await (const { message, acknowledge } of subscription) {
    acknowledge();
    if (message.payload === "last") return seen;
    seen.push(message.payload);
  }
  throw new Error("the subscription ended");
}

export function brokerSuite(name: string, make: () => Promise<EventBroker>): void {
  describe(`events at ${name}`, () => {
    let broker: EventBroker;
    beforeEach(async () => {
      broker = await make();
    });
    afterEach(() => broker.close());

    const subscribe = (pattern: string, options?: SubscribeOptions) => broker.subscribe(pattern, options);

    it("reach who subscribes, as they were published, in order", async () => {
      const all = await subscribe("a.**");
      const sent = await broker.publish("a.b", { n: 1 }, { headers: { who: "me" } });
      for (let n = 2; n <= 20; n += 1) await broker.publish("a.b", { n });
      const came = await take(all, 20);
      expect(came[0]).toMatchObject({ message: sent, missed: 0, deliveries: 1 });
      expect(sent).toMatchObject({ topic: "a.b", headers: { who: "me" }, payload: { n: 1 } });
      expect(sent.message_id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4/);
      expect(Math.abs(sent.timestamp - Date.now())).toBeLessThan(60_000);
      expect(payloads(came)).toEqual(Array.from({ length: 20 }, (_, i) => ({ n: i + 1 })));
    });

    it("go by patterns", async () => {
      const [exact, glob, deep] = await Promise.all(["a.b", "a.*", "a.**"].map((one) => subscribe(one)));
      for (const topic of ["a.b", "a.c", "a.b.c", "a", "b.b"]) await broker.publish(topic, topic);
      expect(await untilLast(broker, exact!, "a.b")).toEqual(["a.b"]);
      expect(await untilLast(broker, glob!, "a.z")).toEqual(["a.b", "a.c"]);
      expect(await untilLast(broker, deep!, "a.z")).toEqual(["a.b", "a.c", "a.b.c"]);
      expect([...(await broker.topics())].sort()).toEqual(["a", "a.b", "a.b.c", "a.c", "a.z", "b.b"]);
    });

    it("are published once under one id", async () => {
      const all = await subscribe("a.b");
      const first = await broker.publish("a.b", 1, { id: "one" });
      expect((await broker.publish("a.b", 2, { id: "one" })).message_id).toBe(first.message_id);
      expect(await untilLast(broker, all, "a.b")).toEqual([1]);
    });

    it("are replayed from an id, and from a time", async () => {
      const first = await broker.publish("a.b", 1);
      const second = await broker.publish("a.b", 2);
      await broker.publish("a.b", 3);
      expect(payloads(await take(await subscribe("a.b", { fromId: first.message_id }), 2))).toEqual([2, 3]);
      const since = await subscribe("a.b", { fromTimestamp: second.timestamp });
      expect((await untilLast(broker, since, "a.b")).slice(-2)).toEqual([2, 3]);
      await expect(subscribe("a.b", { fromId: "unknown" })).rejects.toThrow("fromId must be the id");
    });

    it("go to one reader of a group, and to each group", async () => {
      const [one, other] = [await subscribe("a.b", { group: "g" }), await subscribe("a.b", { group: "g" })];
      const elsewhere = await subscribe("a.b", { group: "h" });
      for (let n = 1; n <= 6; n += 1) await broker.publish("a.b", n);
      const halves = await Promise.all([take(one, 3), take(other, 3)]);
      expect(payloads(halves.flat()).sort()).toEqual([1, 2, 3, 4, 5, 6]);
      expect(payloads(await take(elsewhere, 6))).toEqual([1, 2, 3, 4, 5, 6]);
    });

    it("wait for a group that has no readers for a while", async () => {
      const first = await subscribe("a.b", { group: "g" });
      await broker.publish("a.b", 1);
      await take(first, 1);
      await first.close();
      await broker.publish("a.b", 2);
      expect(payloads(await take(await subscribe("a.b", { group: "g" }), 1))).toEqual([2]);
    });

    it("come again when they are rejected or their reader leaves, and not when they are acknowledged", async () => {
      const options = { group: "g", autoAck: false };
      const first = await subscribe("a.b", options);
      for (let n = 1; n <= 3; n += 1) await broker.publish("a.b", n);
      const [one, two] = await take(first, 3);
      one!.acknowledge();
      two!.reject({ requeue: true });
      expect((await take(first, 1))[0]).toMatchObject({ message: { payload: 2 }, deliveries: 2 });
      await first.close();
      const second = await subscribe("a.b", options);
      const again = await take(second, 2);
      expect(payloads(again)).toEqual([2, 3]);
      for (const delivery of again) delivery.reject();
      expect(await untilLast(broker, second, "a.b")).toEqual([]);
    });

    it("end with the subscription, and whoever waits is told", async () => {
      const one = await subscribe("a.b");
      const waiting = one.next();
      await one.close();
      expect(await waiting).toBeUndefined();
      const other = await subscribe("a.b");
      const stop = new AbortController();
      const stopped = other.next(stop.signal);
      stop.abort();
      expect(await stopped).toBeUndefined();
      await broker.publish("a.b", 1);
      expect(payloads(await take(other, 1))).toEqual([1]);
    });

    it.each([{}, { group: "g" }])("are there for who does not wait, with %j", async (options) => {
      const reader = await subscribe("a.*", options);
      const now = AbortSignal.abort();
      expect(await reader.next(now)).toBeUndefined();
      for (const topic of ["a.b", "b", "a.c"]) await broker.publish(topic, topic);
      expect((await reader.next(now))?.message.payload).toBe("a.b");
      expect((await reader.next(now))?.message.payload).toBe("a.c");
      expect(await reader.next(now)).toBeUndefined();
      const waiting = reader.next();
      await broker.publish("a.d", "a.d");
      expect((await waiting)?.message.payload).toBe("a.d");
    });

    it("of one key are with one reader of a group at a time, in order", async () => {
      const options = { group: "g", autoAck: false };
      const [one, other] = [await subscribe("a.b", options), await subscribe("a.b", options)];
      for (const n of [1, 2]) await broker.publish("a.b", n, { partitionKey: "k" });
      const [first] = await take(one, 1);
      const waiting = other.next();
      first!.reject({ requeue: true });
      const again = await waiting;
      expect(again?.message.payload).toBe(1);
      const second = one.next();
      again?.acknowledge();
      expect((await second)?.message.payload).toBe(2);
    });

    it("are each reader's own", async () => {
      const [one, other] = [await subscribe("a"), await subscribe("a")];
      await broker.publish("a", { list: [1] });
      const payload = (await take(one, 1))[0]!.message.payload as { list: unknown[] };
      payload.list.push(2);
      expect(payloads(await take(other, 1))).toEqual([{ list: [1] }]);
    });

    it("are no more than the buffer without acknowledgement", async () => {
      const reader = await subscribe("a.b", { autoAck: false, buffer: 2 });
      for (const n of [1, 2]) await broker.publish("a.b", n);
      const [first] = await take(reader, 2);
      await broker.publish("a.b", 3);
      expect(await reader.next(AbortSignal.abort())).toBeUndefined();
      const third = reader.next();
      first!.acknowledge();
      first!.acknowledge();
      expect((await third)?.message.payload).toBe(3);
    });

    it("have topics and headers of any letters", async () => {
      const topic = "größe.a>b.>.100%.日本";
      const reader = await subscribe(topic);
      const options = { id: "eins\n zwei", headers: { "X y": "ä\r\nb", ü: "" } };
      const sent = await broker.publish(topic, "ß", options);
      expect((await take(reader, 1))[0]?.message).toEqual(sent);
      expect(sent).toMatchObject({ topic, message_id: options.id, headers: options.headers });
      expect(await broker.topics()).toEqual([topic]);
    });

    it("hold a group to its pattern, and nothing is taken when the broker is closed", async () => {
      await subscribe("a", { group: "g" });
      await expect(subscribe("b", { group: "g" })).rejects.toThrow('the group reads {"Exact":"a"} already');
      const reader = await subscribe("a");
      const waiting = reader.next();
      await broker.close();
      expect(await waiting).toBeUndefined();
      expect(await reader.next()).toBeUndefined();
      await expect(broker.publish("a", 1)).rejects.toThrow("This broker is closed");
      await expect(subscribe("a")).rejects.toThrow("This broker is closed");
    });

    it("are refused when they are wrong, and others go on", async () => {
      const wrong: readonly [string, () => Promise<unknown>][] = [
        ["topic must be a text", () => broker.publish("", 1)],
        ["topic must have no *", () => broker.publish("a.*", 1)],
        ["without spaces and empty words", () => broker.publish("a..b", 1)],
        ["without spaces and empty words", () => broker.publish("a b", 1)],
        ["payload: ", () => broker.publish("a", 1n)],
        ["id must have 1 to 256 characters", () => broker.publish("a", 1, { id: "" })],
        ["ttlMs must be a number from 1", () => broker.publish("a", 1, { ttlMs: 0 })],
        ['mean "headers"', () => broker.publish("a", 1, { header: {} } as never)],
        ["* and ** as whole words", () => subscribe("a.b*")],
        ["buffer must be", () => subscribe("a", { buffer: 0 })],
        ['mean "group"', () => subscribe("a", { groups: "g" } as never)],
      ];
      for (const [words, attempt] of wrong) await expect(attempt()).rejects.toThrow(words);
      const all = await subscribe("a.b");
      expect(await untilLast(broker, all, "a.b")).toEqual([]);
    });
  });
}

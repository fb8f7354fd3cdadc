/** Events over a real stream: what callers ask, and what they are refused. */
import { ConnectorBehavior, createRuntime, eventConnector, memoryBroker, type RequestContext } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { asked } from "../../support/asked.js";
import { requestContext } from "../../support/request-context.js";

const named = { type: "shop-events", version: "1.0.0" };

function connectorOf(options: Partial<Parameters<typeof eventConnector>[0]> = {}) {
  const connector = eventConnector({ ...named, ...options });
  onTestFinished(() => connector.close());
  const ask = (capabilityId: string | undefined, payload: unknown, context?: Partial<RequestContext>) =>
    connector.execute(asked(payload, { capabilityId }), requestContext(context)) as Promise<
      Record<string, never>
    >;
  const begin = async (fields: object) =>
    (await ask("subscribe", fields)).subscription_id as unknown as string;
  const received = async (
    subscription_id: string,
    fields: object = {},
    context?: Partial<RequestContext>,
  ) => {
    const { events } = await ask("receive", { subscription_id, ...fields }, context);
    return events as unknown as readonly {
      message: { payload: unknown; message_id: string };
      missed: number;
      deliveries: number;
    }[];
  };
  return { connector, ask, begin, received };
}

describe("an event connector", () => {
  it("[C14 #51] [C16 #41] says what it is, with the keys and defaults of the protocol", () => {
    const { connector } = connectorOf({ metadata: { owner: "us", buffer_size: "7" } });
    expect(connector).toMatchObject({
      behaviors: [ConnectorBehavior.PUBSUB],
      timeoutMs: 10_000,
      metadata: {
        owner: "us",
        supports_topics: "true",
        supports_patterns: "true",
        guarantees_ordering: "true",
        timeout_ms: "10000",
        buffer_size: "1000",
      },
    });
    expect(connector.takes?.(asked({ topic: "a", payload: 1 }))).toBe(true);
    expect(connector.takes?.(asked({ query: {} }))).toBe(false);
    expect(connector.takes?.(asked({}, { capabilityId: "receive" }))).toBe(true);
  });

  it("[C14 #54] [C16 #41] publishes and hands out, over a real stream", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const runtime = createRuntime({ url: gateway.url });
    onTestFinished(async () => void (await runtime.close()));
    const { connector } = connectorOf();
    const { key } = runtime.add({ tenantId: "acme", instanceId: "one", connector });
    await runtime.start();
    const ask = async (capabilityId: string, payload: unknown) =>
      (await gateway.execute(key, { capabilityId, payload })).json() as Record<string, never>;
    const { subscription_id } = await ask("subscribe", { pattern: { Glob: "orders.**" } });
    const waiting = ask("receive", { subscription_id, wait_ms: 20_000 });
    const event = { topic: "orders.eu", payload: { id: 7 }, message_id: "m-1", headers: { a: "b" } };
    expect((await gateway.execute(key, { payload: event })).json()).toMatchObject(event);
    expect(await waiting).toMatchObject({ events: [{ message: event, missed: 0, deliveries: 1 }] });
    const bare = await gateway.execute(key, { payload: { topic: "orders.eu" } });
    expect(bare.json()).toEqual({
      topic: "orders.eu",
      message_id: expect.any(String),
      timestamp: expect.anything(),
      headers: {},
    });
    expect(await ask("topics", {})).toEqual({ topics: ["orders.eu"] });
    expect(await ask("unsubscribe", { subscription_id })).toEqual({ unsubscribed: true });
    const gone = await gateway.execute(key, { capabilityId: "receive", payload: { subscription_id } });
    expect([gone.success, gone.error]).toEqual([false, expect.stringContaining("subscribe again")]);
  });

  it("waits for acknowledgements where that is asked, and gives what is rejected again", async () => {
    const { ask, begin, received, connector } = connectorOf();
    const subscription_id = await begin({ pattern: "a", auto_ack: false, consumer_group: "g" });
    for (const n of [1, 2]) await connector.broker.publish("a", n, { id: `m-${n}` });
    expect((await received(subscription_id)).map(({ message }) => message.payload)).toEqual([1, 2]);
    expect(await ask("reject", { subscription_id, message_ids: ["m-1"], requeue: true })).toEqual({
      rejected: 1,
    });
    expect(await received(subscription_id)).toMatchObject([{ message: { payload: 1 }, deliveries: 2 }]);
    expect(await ask("acknowledge", { subscription_id, message_ids: ["m-1", "m-2", "m-3"] })).toEqual({
      acknowledged: 2,
    });
    expect(await received(subscription_id)).toEqual([]);
  });

  it("fits what it hands out into a message, and loses nothing", async () => {
    const { begin, received, connector } = connectorOf();
    const subscription_id = await begin({ pattern: "a" });
    for (let n = 0; n < 5; n += 1) await connector.broker.publish("a", "x".repeat(600));
    const small = { maxMessageBytes: 2_000 };
    const counts = [];
    for (let left = 5; left > 0; left -= counts.at(-1) ?? 0)
      counts.push((await received(subscription_id, {}, small)).length);
    expect(counts).toEqual([2, 2, 1]);
    await connector.broker.publish("a", "x".repeat(3_000));
    await expect(received(subscription_id, {}, small)).rejects.toThrow("alone does not fit");
    expect(await received(subscription_id)).toMatchObject([{ deliveries: 2 }]);
  });

  it("tells a caller what it has missed", async () => {
    const { begin, received, connector } = connectorOf({ buffer: 2 });
    const subscription_id = await begin({ pattern: "a" });
    for (let n = 1; n <= 5; n += 1) await connector.broker.publish("a", n);
    expect(await received(subscription_id, { limit: 1 })).toMatchObject([
      { missed: 3, message: { payload: 4 } },
    ]);
  });

  it("ends subscriptions for which nobody comes, and bounds their number", async () => {
    const broker = memoryBroker();
    const { begin, received } = connectorOf({ broker, maxSubscriptions: 1, subscriptionTtlMs: 20 });
    const first = await begin({ pattern: "a" });
    await expect(begin({ pattern: "a" })).rejects.toThrow("1 subscriptions already");
    await expect.poll(() => begin({ pattern: "a" }).catch(() => undefined)).toBeTypeOf("string");
    await expect(received(first)).rejects.toThrow("subscribe again");
  });

  it.each([
    ["publish", [], "events are asked for with an object; got a list"],
    ["publish", { topic: 3, payload: 1 }, "topic must be a text"],
    ["publish", { topic: "a", payload: 1, headers: { a: 1 } }, "headers.a must be a text"],
    ["subscribe", { pattern: 3 }, "pattern must be a text"],
    ["subscribe", { pattern: "a", buffer: "x" }, "buffer must be a number"],
    ["subscribe", { pattern: "a", from_id: "gone" }, "fromId must be the id"],
    ["receive", { subscription_id: 3 }, "subscription_id must be one"],
    ["shout", {}, "this connector can do publish, subscribe"],
    ["toString", {}, "this connector can do publish, subscribe"],
  ])("refuses a wrong %s: %j", async (capabilityId, payload, words) => {
    const { ask, begin, received, connector } = connectorOf();
    await expect(ask(capabilityId, payload)).rejects.toThrow(words);
    const subscription_id = await begin({ pattern: "a" });
    await connector.broker.publish("a", 1);
    expect(await received(subscription_id)).toHaveLength(1);
    await expect(ask("receive", { subscription_id, limit: 0 })).rejects.toThrow(
      "limit must be a number from 1",
    );
    await expect(ask("acknowledge", { subscription_id, message_ids: [1] })).rejects.toThrow(
      "message_ids must",
    );
  });

  it("refuses options that are wrong", () => {
    expect(() => eventConnector({ ...named, type: " " })).toThrow("type is required");
    expect(() => eventConnector({ ...named, broker: {} as never })).toThrow("broker must be an object with");
    expect(() => eventConnector({ ...named, buffer: 0 })).toThrow("buffer must be");
    // @ts-expect-error a broker publishes
    expect(() => eventConnector({ ...named, broker: { close() {} } })).toThrow("broker must be");
  });
});

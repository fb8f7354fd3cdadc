/** Sinks: partial results, batches over requests, ids that were seen, and what is refused. */
import {
  type Connector,
  ConnectorBehavior,
  createRuntime,
  type Logger,
  PayloadEncoding,
  type RequestContext,
  type SinkContext,
  sinkConnector,
} from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, expectTypeOf, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { answered, asked } from "../../support/asked.js";
import { requestContext } from "../../support/request-context.js";

const send = async (connector: Connector, items: unknown, context?: Partial<RequestContext>) =>
  answered(await connector.execute(asked(items), requestContext(context)));

const named = { type: "archive", version: "1.0.0" };

/** A sink that keeps each list that it is given. */
function keeping(options: Partial<Parameters<typeof sinkConnector<unknown>>[0]> = {}) {
  const writes: (readonly unknown[])[] = [];
  const sink = sinkConnector<unknown>({ ...named, write: (items) => void writes.push(items), ...options });
  return { sink, writes };
}

describe("a sink", () => {
  it("[C14 #50] [C16 #38] says what it is, with the keys and defaults of the protocol", () => {
    expect(keeping({ metadata: { owner: "us" } }).sink).toMatchObject({
      behaviors: [ConnectorBehavior.SINK],
      timeoutMs: 5_000,
      metadata: {
        owner: "us",
        supports_batching: "false",
        max_batch_size: "1000",
        is_idempotent: "false",
        batching_enabled: "false",
        timeout_ms: "5000",
      },
    });
    const both = keeping({ batching: {}, idempotency: { idOf: String } }).sink;
    expect(both.metadata).toMatchObject({ supports_batching: "true", is_idempotent: "true" });
  });

  it("[C16 #38] writes what it is given, one item or many, and in parts what is too much at once", async () => {
    const { sink, writes } = keeping({ maxBatchSize: 2 });
    expect(await send(sink, [1])).toEqual({ success: true, items_written: 1, items_failed: 0 });
    expect(await send(sink, [])).toEqual({ success: true, items_written: 0, items_failed: 0 });
    expect(await send(sink, [2, 3, 4])).toMatchObject({ items_written: 3 });
    expect(writes).toEqual([[1], [2, 3], [4]]);
    const lines = asked(undefined, {
      encoding: PayloadEncoding.JSON_LINES,
      bytes: new TextEncoder().encode('{"a":1}\n{"a":2}\n'),
    });
    await sink.execute(lines, requestContext());
    expect(writes.at(-1)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it("[C14 #50] [C16 #38] says of each item that was not written why, counts it once, and writes the others", async () => {
    const written: unknown[] = [];
    const sink = sinkConnector({
      ...named,
      item: z.object({ id: z.number(), at: z.string().default("now") }),
      write: (items) => {
        expectTypeOf(items).toEqualTypeOf<readonly { id: number; at: string }[]>();
        written.push(...items);
        return { itemErrors: [{ index: 1, error: "busy", retryable: true }], metadata: { table: "t" } };
      },
    });
    expect(await send(sink, [{ id: 1 }, { id: "x" }, { id: 3 }])).toEqual({
      success: false,
      items_written: 1,
      items_failed: 2,
      item_errors: [
        { index: 1, error: expect.stringContaining("id:"), retryable: false },
        { index: 2, error: "busy", retryable: true },
      ],
      metadata: { table: "t" },
    });
    expect(written).toEqual([
      { id: 1, at: "now" },
      { id: 3, at: "now" },
    ]);
  });

  it("tells what write throws as the error of each item, and logs what nobody meant to throw", async () => {
    const logged: unknown[] = [];
    const logger = { error: (...words: unknown[]) => logged.push(words) } as unknown as Logger;
    const fails = (error: unknown) =>
      send(
        keeping({
          write: () => {
            throw error;
          },
        }).sink,
        [1],
        { logger },
      );
    expect(await fails(Object.assign(new Error("disk full"), { retryable: true }))).toEqual({
      success: false,
      items_written: 0,
      items_failed: 1,
      error: "disk full",
      item_errors: [{ index: 0, error: "disk full", retryable: true }],
    });
    expect(logged).toHaveLength(1);
    const closed = keeping({ write: () => ({ error: "closed for today" }) }).sink;
    expect(await send(closed, [1, 2])).toMatchObject({ items_failed: 2, error: "closed for today" });
    const odd = keeping({ write: () => ({ itemErrors: [{ index: 7, error: "?" }] }) }).sink;
    expect(await send(odd, [1])).toMatchObject({ error: expect.stringContaining("item 7; it was given 1") });
    const wrong = keeping({ write: (() => 3) as never }).sink;
    expect(await send(wrong, [1])).toMatchObject({ error: expect.stringContaining("must return nothing") });
  });

  it("keeps its answer within a message, and counts the errors that it leaves out", async () => {
    const sink = keeping({ item: z.string() as never }).sink;
    const answer = await send(sink, new Array(500).fill(1), { maxMessageBytes: 4_000 });
    expect(answer).toMatchObject({
      items_failed: 500,
      metadata: { item_errors_omitted: expect.any(String) },
    });
    expect(JSON.stringify(answer).length).toBeLessThan(4_000);
  });
});

describe("a sink with batching", () => {
  it("writes what several requests bring at once, and answers each for its own", async () => {
    const tenants: unknown[] = [];
    const sink = sinkConnector<number>({
      ...named,
      batching: { maxItems: 4, maxWaitMs: 60_000 },
      write: (items, context) => {
        tenants.push(items.map((_item, i) => context.requestOf(i).tenantId));
        return { itemErrors: [{ index: 2, error: "no" }] };
      },
    });
    const answers = await Promise.all([
      send(sink, [1, 2], { tenantId: "a" }),
      send(sink, [3, 4], { tenantId: "b" }),
    ]);
    expect(tenants).toEqual([["a", "a", "b", "b"]]);
    expect(answers).toEqual([
      { success: true, items_written: 2, items_failed: 0 },
      {
        success: false,
        items_written: 1,
        items_failed: 1,
        item_errors: [{ index: 0, error: "no", retryable: false }],
      },
    ]);
  });

  it("writes when the bytes are enough, when the time is up, and when the registration drains", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { sink, writes } = keeping({ batching: { maxItems: 100, maxBytes: 50, maxWaitMs: 70 } });
    await send(sink, ["x".repeat(60)]);
    const timed = send(sink, [1]);
    await vi.advanceTimersByTimeAsync(69);
    expect(writes).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await timed;
    const draining = new AbortController();
    const drained = send(sink, [2], { draining: draining.signal });
    await vi.advanceTimersByTimeAsync(1);
    draining.abort();
    await drained;
    expect(writes.map((items) => items.length)).toEqual([1, 1, 1]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("writes one list after the other, never a divided request, and not what nobody waits for", async () => {
    const open: (() => void)[] = [];
    const writes: (readonly unknown[])[] = [];
    const sink = sinkConnector<number>({
      ...named,
      batching: { maxItems: 3, maxWaitMs: 0 },
      write: (items) => {
        writes.push(items);
        return new Promise<void>((resolve) => open.push(resolve));
      },
    });
    const first = send(sink, [1, 2, 3]);
    await expect.poll(() => writes.length).toBe(1);
    const gone = new AbortController();
    const more = [send(sink, [4, 5]), send(sink, [6], { signal: gone.signal }), send(sink, [7, 8])];
    gone.abort();
    open[0]?.();
    await first;
    await expect.poll(() => writes.length).toBe(2);
    open[1]?.();
    await expect.poll(() => writes.length).toBe(3);
    open[2]?.();
    expect(writes).toEqual([
      [1, 2, 3],
      [4, 5],
      [7, 8],
    ]);
    expect(await Promise.all(more)).toMatchObject([
      { success: true },
      { success: false, error: expect.stringContaining("nobody waits") },
      { success: true },
    ]);
  });

  it("aborts a write only when nobody waits for any of its items", async () => {
    let context: SinkContext | undefined;
    const sink = sinkConnector<number>({
      ...named,
      batching: { maxItems: 2, maxWaitMs: 60_000 },
      write: (_items, its) => {
        context = its;
      },
    });
    const [a, b] = [new AbortController(), new AbortController()];
    await Promise.all([send(sink, [1], { signal: a.signal }), send(sink, [2], { signal: b.signal })]);
    const signal = context?.signal;
    a.abort();
    expect(signal?.aborted).toBe(false);
    b.abort();
    expect(signal?.aborted).toBe(true);
    expect(() => context?.requestOf(2)).toThrow("no item 2");
  });
});

describe("a sink that knows ids", () => {
  const idOf = (item: unknown) => (item as { id: string }).id;

  it("[C14 #50] writes an item once, for each tenant, also while it is being written", async () => {
    const { sink, writes } = keeping({ idempotency: { idOf }, batching: { maxWaitMs: 1 } });
    const item = { id: "a" };
    const whole = { success: true, items_written: 2, items_failed: 0 };
    expect(await Promise.all([send(sink, [item, item]), send(sink, [item, item])])).toEqual([whole, whole]);
    expect(await send(sink, [item], { tenantId: "other" })).toMatchObject({ items_written: 1 });
    expect(writes).toEqual([[item], [item]]);
  });

  it("tries an item again that was not written", async () => {
    let tries = 0;
    const { sink } = keeping({
      idempotency: { idOf },
      write: () => {
        tries += 1;
        return tries === 1 ? { itemErrors: [{ index: 0, error: "busy", retryable: true }] } : undefined;
      },
    });
    expect(await send(sink, [{ id: "a" }, { id: "a" }])).toMatchObject({ items_failed: 2 });
    expect(await send(sink, [{ id: "a" }])).toMatchObject({ items_written: 1 });
    expect(await send(sink, [{ id: "a" }])).toMatchObject({ items_written: 1 });
    expect(tries).toBe(2);
  });

  it("remembers a bounded number of ids, for a bounded time", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { sink, writes } = keeping({ idempotency: { idOf, maxIds: 2, ttlMs: 1_000 } });
    for (const id of ["a", "b", "c", "c", "a"]) await send(sink, [{ id }]);
    expect(writes.flat()).toEqual([{ id: "a" }, { id: "b" }, { id: "c" }, { id: "a" }]);
    vi.advanceTimersByTime(1_001);
    await send(sink, [{ id: "a" }]);
    expect(writes).toHaveLength(5);
  });

  it("tells of an item without an id", async () => {
    const { sink, writes } = keeping({ idempotency: { idOf } });
    expect(await send(sink, [null, {}, { id: "a" }])).toMatchObject({
      items_written: 1,
      item_errors: [
        { index: 0, error: expect.stringContaining("its id cannot be told") },
        { index: 1, error: "its id must be a text that is not empty; got nothing" },
      ],
    });
    expect(writes).toEqual([[{ id: "a" }]]);
  });
});

describe("what a sink refuses", () => {
  it.each([{ a: 1 }, "text", 3, null])("a payload that is no list: %j", async (payload) => {
    const { sink } = keeping();
    await expect(send(sink, payload)).rejects.toThrow("a sink takes a list of items");
    expect(sink.takes?.(asked(payload))).toBe(false);
    expect(sink.takes?.(asked([]))).toBe(true);
  });

  it("options that are wrong", () => {
    const write = () => undefined;
    const wrong: readonly [object, string][] = [
      [{ write: 3 }, "write is required"],
      [{ write, type: " " }, "type is required"],
      [{ write, batching: { maxItem: 3 } }, 'mean "batching.maxItems"'],
      [{ write, batching: { maxWaitMs: -1 } }, "batching.maxWaitMs must be"],
      [{ write, idempotency: {} }, "idempotency.idOf is required"],
      [{ write, idempotency: { idOf: String, ttlMs: 0 } }, "idempotency.ttlMs must be"],
    ];
    for (const [options, words] of wrong)
      expect(() => sinkConnector({ ...named, ...options } as never)).toThrow(words);
    // @ts-expect-error a result has errors of items
    sinkConnector({ ...named, write: () => ({ itemErrors: "all" }) });
    // @ts-expect-error an id is a text
    sinkConnector<number>({ ...named, write, idempotency: { idOf: (n) => n } });
  });
});

it("a sink serves over a real stream", async () => {
  const { sink, writes } = keeping({ batching: { maxWaitMs: 1 } });
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const runtime = createRuntime({ url: gateway.url });
  onTestFinished(async () => void (await runtime.close()));
  const { key } = runtime.add({ tenantId: "acme", instanceId: "one", connector: sink });
  await runtime.start();
  const answer = await gateway.execute(key, { payload: [{ a: 1 }] });
  expect(answer.json()).toEqual({ success: true, items_written: 1, items_failed: 0 });
  expect(writes).toEqual([[{ a: 1 }]]);
});

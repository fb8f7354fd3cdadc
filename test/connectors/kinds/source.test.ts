/** Sources: batches, cursors, bounds, and what is refused. */
import {
  type Connector,
  ConnectorBehavior,
  combineConnectors,
  createRuntime,
  type RequestContext,
  requestResponseConnector,
  sourceConnector,
} from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, expectTypeOf, it, onTestFinished } from "vitest";
import { z } from "zod";
import { answered, asked } from "../../support/asked.js";
import { requestContext } from "../../support/request-context.js";

interface Answer {
  readonly items: readonly unknown[];
  readonly next_cursor?: string;
  readonly has_more: boolean;
  readonly total_count?: number;
  readonly metadata: Readonly<Record<string, string>>;
}

const ask = async (connector: Connector, payload: unknown, context?: Partial<RequestContext>) =>
  answered(await connector.execute(asked(payload), requestContext(context))) as Answer;

const named = { type: "numbers", version: "1.0.0" };

async function* upTo(last: number, from = 1): AsyncGenerator<number> {
  for (let n = from; n <= last; n += 1) yield n;
}

/** All items, and how many requests it took. */
async function readAll(connector: Connector, limit?: number, context?: Partial<RequestContext>) {
  const items: unknown[] = [];
  let cursor: string | undefined;
  for (let requests = 1; ; requests += 1) {
    const answer = await ask(connector, { query: {}, cursor, limit }, context);
    items.push(...answer.items);
    expect(answer.has_more).toBe(answer.next_cursor !== undefined);
    cursor = answer.next_cursor;
    if (!answer.has_more) return { items, requests };
  }
}

describe("a source", () => {
  it("[C14 #49] [C16 #37] says what it is, with the keys and defaults of the protocol", () => {
    const source = sourceConnector({ ...named, fetch: () => upTo(3), metadata: { owner: "us" } });
    expect(source.behaviors).toEqual([ConnectorBehavior.SOURCE]);
    expect(source.metadata).toEqual({
      owner: "us",
      supports_streaming: "false",
      supports_cursor: "true",
      max_batch_size: "100",
      batching_enabled: "false",
      timeout_ms: "30000",
    });
    expect(source.timeoutMs).toBe(30_000);
  });

  it("[C14 #49] [C16 #37] gives pages as their author makes them", async () => {
    const seen: unknown[] = [];
    const source = sourceConnector({
      ...named,
      query: z.object({ since: z.number().default(7) }),
      fetch: ({ query, cursor, limit, context }) => {
        seen.push({ query, cursor, limit, context });
        return { items: [1, 2], nextCursor: "b", totalCount: 9, metadata: { at: "noon" } };
      },
    });
    expect(await ask(source, { query: {}, cursor: "a", limit: 2, context: { who: "me" } })).toEqual({
      items: [1, 2],
      next_cursor: "b",
      has_more: true,
      total_count: 9,
      metadata: { at: "noon" },
    });
    expect(seen).toEqual([{ query: { since: 7 }, cursor: "a", limit: 2, context: { who: "me" } }]);
    const last = sourceConnector({ ...named, fetch: async () => ({ items: [] }) });
    expect(await ask(last, { query: null })).toEqual({ items: [], has_more: false, metadata: {} });
  });

  it("bounds the limit, and keeps what a page has too much for the next request", async () => {
    const limits: number[] = [];
    const source = sourceConnector<unknown>({
      ...named,
      maxBatchSize: 3,
      fetch: ({ limit, cursor }) => {
        limits.push(limit);
        return cursor === undefined ? { items: [1, 2, 3, 4], nextCursor: "~1~odd" } : { items: [cursor] };
      },
    });
    expect(await readAll(source, 50)).toEqual({ items: [1, 2, 3, 4, "~1~odd"], requests: 3 });
    expect(limits.every((limit) => limit <= 3)).toBe(true);
  });

  it("[C16 #37] goes on where an item's cursor says, and keeps nothing between requests", async () => {
    let ended = 0;
    const source = sourceConnector({
      ...named,
      maxBatchSize: 4,
      async *fetch({ cursor }) {
        try {
          yield* upTo(10, Number(cursor ?? 0) + 1);
        } finally {
          ended += 1;
        }
      },
      cursorOf: (n) => String(n),
    });
    expect((await readAll(source)).items).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await ask(source, { query: {}, cursor: "8" })).toMatchObject({ items: [9, 10], has_more: false });
    await expect.poll(() => ended).toBe(4);
  });

  it("keeps an iteration open without cursors of its own, and repeats a batch whose answer was lost", async () => {
    let begun = 0;
    const source = sourceConnector({
      ...named,
      maxBatchSize: 4,
      async *fetch() {
        begun += 1;
        yield* upTo(10);
      },
    });
    const first = await ask(source, { query: {} });
    const second = await ask(source, { query: {}, cursor: first.next_cursor });
    expect(await ask(source, { query: {}, cursor: first.next_cursor })).toEqual(second);
    expect(second.items).toEqual([5, 6, 7, 8]);
    const third = await ask(source, { query: {}, cursor: second.next_cursor });
    expect(third).toMatchObject({ items: [9, 10], has_more: false });
    expect(begun).toBe(1);
    await expect(ask(source, { query: {}, cursor: first.next_cursor })).rejects.toThrow("begin again");
  });

  it("bounds the iterations that are open", async () => {
    const source = sourceConnector({ ...named, maxOpenCursors: 2, maxBatchSize: 1, fetch: () => upTo(3) });
    const first = await ask(source, { query: {} });
    const second = await ask(source, { query: {} });
    await ask(source, { query: {} });
    await expect(ask(source, { query: {}, cursor: first.next_cursor })).rejects.toThrow("not kept any more");
    expect((await ask(source, { query: {}, cursor: second.next_cursor })).items).toEqual([2]);
  });

  it("reads one iterable once, and gives what comes late with a later request", async () => {
    let more = () => {};
    const later = new Promise<void>((resolve) => {
      more = resolve;
    });
    async function* live() {
      yield "a";
      await later;
      yield "b";
    }
    const source = sourceConnector({ ...named, fetch: live(), waitMs: 30_000 });
    const first = await ask(source, { query: {} });
    expect(first).toMatchObject({ items: ["a"], has_more: true });
    // Nobody has confirmed it.
    expect((await ask(source, { query: {} })).items).toEqual(["a"]);
    const draining = new AbortController();
    const waiting = ask(source, { query: {}, cursor: first.next_cursor }, { draining: draining.signal });
    draining.abort();
    const empty = await waiting;
    expect(empty).toMatchObject({ items: [], has_more: true, next_cursor: first.next_cursor });
    more();
    const last = await ask(source, { query: {}, cursor: empty.next_cursor });
    expect(last.items).toEqual(["b"]);
    await expect(ask(source, { query: {}, cursor: "items.99" })).rejects.toThrow("begin again");
    await expect(ask(source, { query: {}, cursor: "elsewhere.1" })).rejects.toThrow("begin again");
  });

  const large = (n: number) => ({ n, text: "é".repeat(300) });
  it.each([
    ["pages", () => ({ items: Array.from({ length: 10 }, (_, n) => large(n)) })],
    [
      "iterations",
      async function* () {
        for (let n = 0; n < 10; n += 1) yield large(n);
      },
    ],
  ])("ends batches of %s before they are too large for a message", async (_name, fetch) => {
    const source = sourceConnector<unknown>({ ...named, fetch });
    const { items, requests } = await readAll(source, undefined, { maxMessageBytes: 2_000 });
    expect(items).toEqual(Array.from({ length: 10 }, (_, n) => large(n)));
    expect(requests).toBeGreaterThanOrEqual(4);
  });

  it("says of an item that fits into no message how to go on after it", async () => {
    for (const fetch of [
      () => ({ items: [1, "x".repeat(5_000), 3] }),
      async function* () {
        yield* [1, "x".repeat(5_000), 3];
      },
    ]) {
      const source = sourceConnector<unknown>({ ...named, fetch });
      const small = { maxMessageBytes: 2_000 };
      const first = await ask(source, { query: {} }, small);
      expect(first.items).toEqual([1]);
      const failure = await ask(source, { query: {}, cursor: first.next_cursor }, small).catch(String);
      expect(failure).toContain("an item of 5002 bytes alone does not fit");
      const [, onward] = /with the cursor "([^"]+)"/.exec(String(failure)) ?? [];
      expect((await ask(source, { query: {}, cursor: onward }, small)).items).toEqual([3]);
    }
  });

  it.each([
    [[], "a source takes { query"],
    [{ qwery: { since: 5 } }, "query is missing, and there are fields of another name"],
    [{ query: {}, cursor: 7 }, "cursor must be a text; got the number 7"],
    [{ query: {}, cursor: "x".repeat(5_000) }, "at most 4096 characters"],
    [{ query: {}, limit: 0 }, "limit must be a whole number from 1"],
    [{ query: {}, limit: "all" }, "limit must be a whole number from 1; got a string"],
    [{ query: {}, context: { a: 1 } }, "context must have texts only"],
    [{ query: { since: "x" } }, "query: since:"],
  ])("refuses what is wrong: %#", async (payload, words) => {
    const source = sourceConnector({
      ...named,
      query: z.object({ since: z.number().optional() }),
      fetch: () => ({ items: [1] }),
    });
    await expect(ask(source, payload)).rejects.toMatchObject({
      message: expect.stringContaining(words),
      toolCode: "INVALID_PARAMS",
    });
    for (const sound of [{ query: {} }, {}, { query: {}, trace: "of a newer gateway" }])
      expect((await ask(source, sound)).items).toEqual([1]);
  });

  it("names what its author returns wrong, and fails with what the author throws", async () => {
    const wrong = sourceConnector({ ...named, fetch: (() => 7) as never });
    await expect(ask(wrong, { query: {} })).rejects.toThrow('fetch of the source "numbers" must return');
    const broken = sourceConnector({
      ...named,
      maxBatchSize: 1,
      async *fetch() {
        yield 1;
        throw new Error("the disk is gone");
      },
    });
    const { next_cursor } = await ask(broken, { query: {} });
    await expect(ask(broken, { query: {}, cursor: next_cursor })).rejects.toThrow("the disk is gone");
    const odd = sourceConnector({ ...named, fetch: () => ({ items: [1n] }) });
    await expect(ask(odd, { query: {} })).rejects.toThrow("item 0 of the batch");
  });

  it("refuses options that are wrong", () => {
    const fetch = () => ({ items: [] });
    expect(() => sourceConnector({ ...named, type: " ", fetch })).toThrow("type is required");
    expect(() => sourceConnector({ ...named, fetch: 3 as never })).toThrow("fetch is required");
    expect(() => sourceConnector({ ...named, fetch, maxBatchSize: 0 })).toThrow("maxBatchSize must be");
    expect(() => sourceConnector({ ...named, fetch, maxBatchSise: 1 } as never)).toThrow(
      'mean "maxBatchSize"',
    );
    expect(() => sourceConnector({ ...named, fetch: upTo(1), cursorOf: String })).toThrow("cursorOf");
  });

  it("types its query, its items and its cursors", () => {
    sourceConnector({
      ...named,
      query: z.object({ city: z.string(), days: z.number().default(1) }),
      fetch: ({ query }) => {
        expectTypeOf(query).toEqualTypeOf<{ city: string; days: number }>();
        return upTo(query.days);
      },
      cursorOf: (item) => {
        expectTypeOf(item).toEqualTypeOf<number>();
        return String(item);
      },
    });
    // @ts-expect-error items are a list
    sourceConnector({ ...named, fetch: () => ({ items: 3 }) });
    // @ts-expect-error a cursor is a text
    sourceConnector({ ...named, fetch: () => upTo(3), cursorOf: (n) => n });
    // @ts-expect-error there is no such option
    expect(() => sourceConnector({ ...named, fetch: () => upTo(3), batch: 3 })).toThrow("batch is no option");
  });

  it("shares a registration with other kinds, over a real stream", async () => {
    const echo = requestResponseConnector({
      type: "echo",
      version: "1.0.0",
      execute: (request) => request.json(),
    });
    const source = sourceConnector({ ...named, fetch: () => upTo(3) });
    const connector = combineConnectors({ type: "both", version: "1.0.0", connectors: [source, echo] });
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const runtime = createRuntime({ url: gateway.url });
    onTestFinished(async () => void (await runtime.close()));
    const { key } = runtime.add({ tenantId: "acme", instanceId: "one", connector });
    await runtime.start();
    const answer = await gateway.execute(key, { payload: { query: { any: 1 }, limit: 2 } });
    expect(answer.json()).toMatchObject({ items: [1, 2], has_more: true });
    expect((await gateway.execute(key, { payload: { a: 1 } })).json()).toEqual({ a: 1 });
    const refused = await gateway.execute(key, { payload: { query: {}, limit: -1 } });
    expect([refused.success, refused.error]).toEqual([false, expect.stringContaining("limit must be")]);
  });
});

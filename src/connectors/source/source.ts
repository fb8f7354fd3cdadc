/** Sources: connectors that are read in batches (docs/kinds/source.md). */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { invalidConfig } from "../../errors.js";
import { ConnectorBehavior, PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { isObject } from "../../is-object.js";
import { checkOptions } from "../../options/check.js";
import { bounded } from "../../options/ranges.js";
import { roomFor } from "../answer-room.js";
import { badRequest } from "../bad-request.js";
import { refuseCapability } from "../capability.js";
import type { Connector, ConnectorRequest, RawAnswer, RequestContext } from "../connector.js";
import { fixed } from "../description.js";
import { Checker } from "../schemas/checker.js";
import { isThenable } from "../thenable.js";
import { answerOf } from "./batch.js";
import { Iteration, type Patience } from "./iteration.js";
import { cursorAt, expiredCursor, OpenCursors, type Place } from "./open-cursors.js";
import { sourceCall } from "./option-table.js";
import { pageAnswer, partOf, type SourcePage } from "./pages.js";
import { askedBatch, looksLikeFetch } from "./request.js";

/** What a source is asked for. */
export interface SourceRequest<Query> {
  /** As the schema makes it; `{}` when the caller gave none. */
  readonly query: Query;
  /** Where to go on; undefined at the beginning. */
  readonly cursor: string | undefined;
  /** How many items are wanted, at most `maxBatchSize`. */
  readonly limit: number;
  /** Texts of the caller's payload. */
  readonly context: Readonly<Record<string, string>>;
  /** Aborted when nobody waits for the batch any more. */
  readonly signal: AbortSignal;
}

/** What `fetch` may return. */
export type SourceBatch<Item> = AsyncIterable<Item> | SourcePage<Item>;

/** Options of {@link sourceConnector}. */
export interface SourceOptions<Item, Query> {
  /** The connector type, such as `orders`. */
  readonly type: string;
  /** The version of the connector. */
  readonly version: string;
  /** Returns (or resolves to) an async iterable or a page `{ items, nextCursor?, totalCount?, metadata? }`; throws to fail the request. One async iterable instead of a function is read once, by one reader. */
  readonly fetch:
    | AsyncIterable<Item>
    | ((
        request: SourceRequest<Query>,
        context: RequestContext,
      ) => SourceBatch<Item> | PromiseLike<SourceBatch<Item>>);
  /**
   * Any Standard Schema of the query; one that does not fit is refused.
   * @default every query is taken
   */
  readonly query?: StandardSchemaV1<unknown, Query>;
  /**
   * Where to go on after an item, for iterables: `fetch` gets it as `cursor`, so that nothing is kept between requests.
   * @default the iteration stays open between requests
   */
  cursorOf?(item: Item): string;
  /**
   * Most items of one batch.
   * @default 100
   */
  readonly maxBatchSize?: number;
  /**
   * How long an iterable may take to its first item before the batch goes out empty.
   * @default four fifths of `timeoutMs`
   */
  readonly waitMs?: number;
  /**
   * How long the batch of an iterable waits for further items after its first one.
   * @default 10 ms
   */
  readonly batchTimeoutMs?: number;
  /**
   * Iterations that may be open between requests; the one that was asked longest ago ends for a new one.
   * @default 100
   */
  readonly maxOpenCursors?: number;
  /**
   * How long an iteration stays open without a request.
   * @default 60,000 ms
   */
  readonly cursorTtlMs?: number;
  /**
   * Limit for one request, also advertised.
   * @default 30,000 ms
   */
  readonly timeoutMs?: number;
  /**
   * Texts shown with the connector.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

const isPage = (value: unknown): value is SourcePage<unknown> =>
  isObject(value) && Array.isArray(value.items) && ["string", "undefined"].includes(typeof value.nextCursor);

/** What an option counts as. */
interface Settings {
  readonly maxBatchSize: number;
  readonly batchTimeoutMs: number;
  readonly maxOpenCursors: number;
  readonly cursorTtlMs: number;
  readonly timeoutMs: number;
}

function settingsOf(options: { readonly [Name in keyof Settings]?: number }): Settings {
  const { table } = sourceCall;
  const of = (name: keyof Settings) => bounded(name, options[name] ?? table[name].default, table[name]);
  return {
    maxBatchSize: of("maxBatchSize"),
    batchTimeoutMs: of("batchTimeoutMs"),
    maxOpenCursors: of("maxOpenCursors"),
    cursorTtlMs: of("cursorTtlMs"),
    timeoutMs: of("timeoutMs"),
  };
}

class Source<Item, Query> {
  readonly #options: SourceOptions<Item, Query>;
  readonly #settings: Settings;
  readonly #checker: Checker<Query>;
  readonly #cursors: OpenCursors;
  /** Of the one iterable that was given instead of a function. */
  #only: Place | undefined;

  constructor(options: SourceOptions<Item, Query>, settings: Settings) {
    this.#options = options;
    this.#settings = settings;
    this.#checker = new Checker(options.query);
    this.#cursors = new OpenCursors(settings.maxOpenCursors, settings.cursorTtlMs);
  }

  async answer(request: ConnectorRequest, context: RequestContext): Promise<RawAnswer> {
    refuseCapability(request, "a source");
    const { fetch } = this.#options;
    const { query, ...asked } = askedBatch(request.json(), this.#settings.maxBatchSize);
    const checked = await this.#checker.check(query);
    if ("wrong" in checked) throw badRequest(`query: ${checked.wrong}`);
    if (typeof fetch !== "function") return this.#ofOne(fetch, asked, context);
    const open = this.#options.cursorOf === undefined && asked.cursor !== undefined;
    if (open && /^[\w-]{16}\.\d+$/.test(asked.cursor ?? ""))
      return this.#goOn(this.#cursors.at(asked.cursor ?? ""), asked.limit, context);
    const part = partOf(asked.cursor);
    const limit = Math.min(this.#settings.maxBatchSize, asked.limit + part.skip);
    const wanted = { ...asked, cursor: part.cursor, limit, query: checked.value, signal: context.signal };
    const result = fetch(wanted, context);
    const batch: unknown = isThenable(result) ? await result : result;
    if (isIterable(batch)) return this.#begin(batch as AsyncIterable<Item>, asked, context);
    if (isPage(batch)) return pageAnswer(batch, part, asked.limit, roomFor(context));
    throw new TypeError(
      `fetch of the source "${this.#options.type}" must return an async iterable or { items: […], nextCursor? }.`,
    );
  }

  get #patience(): Omit<Patience, "signals"> {
    const { timeoutMs, batchTimeoutMs } = this.#settings;
    return { firstMs: this.#options.waitMs ?? timeoutMs * 0.8, restMs: batchTimeoutMs };
  }

  #patienceOf({ signal, draining }: RequestContext): Patience {
    return { ...this.#patience, signals: [signal, draining] };
  }

  /** With cursors of its own nothing is kept; without them the iteration stays open. */
  #begin(
    items: AsyncIterable<Item>,
    asked: { readonly cursor: string | undefined; readonly limit: number },
    context: RequestContext,
  ): Promise<RawAnswer> {
    const { cursorOf } = this.#options;
    if (cursorOf) return this.#once(new Iteration(items), (item) => cursorOf(item as Item), asked, context);
    if (asked.cursor !== undefined) throw expiredCursor();
    return this.#goOn(this.#cursors.begin(items), asked.limit, context);
  }

  async #once(
    iteration: Iteration,
    cursorOf: (item: unknown) => string,
    asked: { readonly cursor: string | undefined; readonly limit: number },
    context: RequestContext,
  ): Promise<RawAnswer> {
    const room = roomFor(context);
    try {
      const kept = await iteration.read(asked.limit, room, this.#patienceOf(context));
      const texts = kept.map(({ text }) => text);
      return answerOf(texts, room, {}, (count) => {
        const isOver = iteration.isOver(count);
        const last = kept[count - 1];
        return { cursor: isOver ? undefined : last ? cursorOf(last.item) : asked.cursor, hasMore: !isOver };
      }).answer;
    } finally {
      iteration.close();
    }
  }

  async #ofOne(
    items: AsyncIterable<Item>,
    { cursor, limit }: { readonly cursor: string | undefined; readonly limit: number },
    context: RequestContext,
  ): Promise<RawAnswer> {
    this.#only ??= { id: "items", iteration: new Iteration(items), from: 0 };
    const { id, iteration } = this.#only;
    const [name, place = ""] = (cursor ?? cursorAt(id, iteration.base)).split(".");
    if (name !== id || !/^\d{1,15}$/.test(place)) throw expiredCursor();
    return this.#goOn({ id, iteration, from: Number(place) }, limit, context);
  }

  async #goOn({ id, iteration, from }: Place, limit: number, context: RequestContext): Promise<RawAnswer> {
    const room = roomFor(context);
    return iteration.inTurn(async () => {
      if (!iteration.confirm(from)) throw expiredCursor();
      try {
        const kept = await iteration.read(limit, room, this.#patienceOf(context));
        const texts = kept.map(({ text }) => text);
        return answerOf(texts, room, {}, (count) => {
          const isOver = iteration.isOver(count);
          return { cursor: isOver ? undefined : cursorAt(id, from + count), hasMore: !isOver };
        }).answer;
      } catch (error) {
        if (iteration.hasFailed) this.#cursors.end(id);
        throw error;
      }
    });
  }
}

/**
 * A connector that is read in batches: `fetch` is asked with a query, a cursor and a limit, and returns a page or
 * something to iterate over. A batch that would not fit into a message ends early, with a cursor. Throws INVALID_CONFIG
 * that names the option.
 *
 * @example
 * ```ts
 * import { createRuntime, sourceConnector } from "mooring";
 *
 * const numbers = sourceConnector({
 *   type: "numbers",
 *   version: "1.0.0",
 *   async *fetch({ cursor }) {
 *     for (let n = Number(cursor ?? 0) + 1; n <= 1_000; n += 1) yield { n };
 *   },
 *   cursorOf: ({ n }) => String(n),
 * });
 * createRuntime().add({ tenantId: "acme", instanceId: "numbers-1", connector: numbers });
 * ```
 */
export function sourceConnector<Item, Query = unknown>(options: SourceOptions<Item, Query>): Connector {
  checkOptions(options, sourceCall);
  const { type, version, fetch } = options;
  if (!type.trim()) throw invalidConfig('type is required: give the connector type, e.g. type: "orders".');
  if (typeof fetch !== "function" && !isIterable(fetch))
    throw invalidConfig("fetch is required: a function (request, context) => batch, or an async iterable.");
  if (options.cursorOf !== undefined && typeof fetch !== "function")
    throw invalidConfig(
      "cursorOf is of no use with one iterable: make fetch a function that takes a cursor.",
    );
  if (options.waitMs !== undefined) bounded("waitMs", options.waitMs, sourceCall.table.waitMs);
  const settings = settingsOf(options);
  const source = new Source(options, settings);
  return {
    connectorType: type,
    version,
    ...fixed({
      behaviors: [ConnectorBehavior.SOURCE],
      supportedEncodings: [PayloadEncoding.JSON, PayloadEncoding.RAW_BYTES],
      metadata: {
        ...options.metadata,
        supports_streaming: "false",
        supports_cursor: "true",
        max_batch_size: String(settings.maxBatchSize),
        batching_enabled: "false",
        timeout_ms: String(settings.timeoutMs),
      },
      taskTypes: [],
    }),
    timeoutMs: settings.timeoutMs,
    takes: looksLikeFetch,
    execute: (request, context) => source.answer(request, context),
  };
}

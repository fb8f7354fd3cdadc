/** Sinks: connectors that write items (docs/kinds/sink.md). */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { invalidConfig, textOf } from "../../errors.js";
import { ConnectorBehavior, PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { checkOptions } from "../../options/check.js";
import { bounded } from "../../options/ranges.js";
import { withResolvers } from "../../with-resolvers.js";
import { roomFor } from "../answer-room.js";
import { badRequest, kindOf } from "../bad-request.js";
import { refuseCapability } from "../capability.js";
import type { Connector, ConnectorRequest, RawAnswer, RequestContext } from "../connector.js";
import { fixed } from "../description.js";
import { Checker } from "../schemas/checker.js";
import { defaultValidation } from "../schemas/validation.js";
import { sinkCall } from "./option-table.js";
import { type Failed, failed, type SinkResult, sinkAnswer, type Written } from "./result.js";
import { SeenIds } from "./seen-ids.js";
import { BatchWriter, type SinkContext, writeAtOnce } from "./writer.js";

/** Options of {@link sinkConnector}. */
export interface SinkOptions<Item> {
  /** The connector type, such as `archive`. */
  readonly type: string;
  /** The version of the connector. */
  readonly version: string;
  /**
   * Any Standard Schema of an item. Items that do not fit are told as errors; the others are written.
   * @default every item is taken
   */
  readonly item?: StandardSchemaV1<unknown, Item>;
  /** Writes the items and returns (or resolves to) nothing when all are written, or `{ itemErrors, error?, metadata? }`; throws when none is. An error with `retryable: true` may be tried again. */
  write(
    items: readonly Item[],
    context: SinkContext,
  ): SinkResult | undefined | void | PromiseLike<SinkResult | undefined> | PromiseLike<void>;
  /**
   * Most items of one `write`; a request with more is written in several.
   * @default 1,000
   */
  readonly maxBatchSize?: number;
  /** Gathers what several requests bring into one `write`; each still gets an answer of its own. Without it every request is written by itself. */
  readonly batching?: {
    /**
     * Items that are enough for a `write`.
     * @default `maxBatchSize`
     */
    readonly maxItems?: number;
    /**
     * Bytes of payloads that are enough for a `write`.
     * @default 4 MiB
     */
    readonly maxBytes?: number;
    /**
     * How long the first item waits for others.
     * @default 100 ms
     */
    readonly maxWaitMs?: number;
  };
  /** Counts an item that was written before as written, without writing it again. Without it all that comes is written. */
  readonly idempotency?: {
    /** The id of an item, for its caller's tenant; no two items have the same. */
    idOf(item: Item): string;
    /**
     * Ids that are remembered; the oldest goes for a new one.
     * @default 100,000
     */
    readonly maxIds?: number;
    /**
     * How long an id is remembered.
     * @default 3,600,000 ms
     */
    readonly ttlMs?: number;
  };
  /**
   * Limit for one request, also advertised.
   * @default 5,000 ms
   */
  readonly timeoutMs?: number;
  /**
   * Texts shown with the connector.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** An item that is to be written, and where its outcome goes. */
interface Wanted<Item> {
  readonly item: Item;
  readonly index: number;
  settle: ((outcome: Failed | undefined) => void) | undefined;
}

type Outcomes = (Failed | undefined | Promise<Failed | undefined>)[];

class Sink<Item> {
  readonly #options: SinkOptions<Item>;
  readonly #checker: Checker<Item>;
  readonly #most: number;
  readonly #writer: BatchWriter<Item> | undefined;
  readonly #seen: SeenIds | undefined;

  constructor(options: SinkOptions<Item>, most: number) {
    const { item, batching, idempotency } = options;
    const { table } = sinkCall;
    this.#options = options;
    this.#checker = new Checker(item);
    const of = <Name extends "maxBytes" | "maxWaitMs">(name: Name) =>
      bounded(`batching.${name}`, batching?.[name] ?? table.batching[name].default, table.batching[name]);
    const maxItems = bounded("batching.maxItems", batching?.maxItems ?? most, table.batching.maxItems);
    this.#most = batching ? Math.min(maxItems, most) : most;
    const limits = { maxItems: this.#most, maxBytes: of("maxBytes"), maxWaitMs: of("maxWaitMs") };
    this.#writer = batching && new BatchWriter((items, context) => options.write(items, context), limits);
    const kept = (name: "maxIds" | "ttlMs") =>
      bounded(
        `idempotency.${name}`,
        idempotency?.[name] ?? table.idempotency[name].default,
        table.idempotency[name],
      );
    this.#seen = idempotency && new SeenIds(kept("maxIds"), kept("ttlMs"));
  }

  async answer(request: ConnectorRequest, context: RequestContext): Promise<RawAnswer> {
    refuseCapability(request, "a sink");
    const items = request.json();
    if (!Array.isArray(items))
      throw badRequest(`a sink takes a list of items, [item] for one; got ${kindOf(items)}.`);
    const outcomes: Outcomes = new Array<undefined>(items.length).fill(undefined);
    const right = await this.#right(items, outcomes);
    const wanted = right.filter((one) => this.#isNew(one, outcomes, context));
    const written = await this.#write(wanted, request.bytes.length, context);
    for (const [i, { index, settle }] of wanted.entries()) {
      const outcome = written.outcomes[i];
      settle?.(outcome);
      outcomes[index] = outcome;
    }
    return sinkAnswer({ ...written, outcomes: await Promise.all(outcomes) }, roomFor(context));
  }

  /** Items that fit the schema. All of a request have the time of one tool's arguments. */
  async #right(items: readonly unknown[], outcomes: Outcomes): Promise<Wanted<Item>[]> {
    const right: Wanted<Item>[] = [];
    const until = performance.now() + defaultValidation.timeoutMs;
    for (const [index, item] of items.entries()) {
      const timeoutMs = Math.ceil(until - performance.now());
      const checked =
        timeoutMs < 1
          ? { wrong: "the items before it took too long to validate: send fewer at once" }
          : await this.#checker.check(item, { ...defaultValidation, timeoutMs });
      if ("wrong" in checked) outcomes[index] = failed(checked.wrong, timeoutMs < 1);
      else right.push({ item: checked.value, index, settle: undefined });
    }
    return right;
  }

  /** One that is being written, for this request or another, has the same outcome. */
  #isNew(wanted: Wanted<Item>, outcomes: Outcomes, { tenantId = "" }: RequestContext): boolean {
    const { idempotency } = this.#options;
    const seen = this.#seen;
    if (!idempotency || !seen) return true;
    const { index } = wanted;
    let own: unknown;
    try {
      own = idempotency.idOf(wanted.item);
    } catch (error) {
      outcomes[index] = failed(`its id cannot be told: ${textOf(error)}`);
      return false;
    }
    if (typeof own !== "string" || own === "") {
      outcomes[index] = failed(`its id must be a text that is not empty; got ${kindOf(own)}`);
      return false;
    }
    const id = `${tenantId}\n${own}`;
    const before = seen.find(id);
    if (before) {
      outcomes[index] = before.outcome;
      return false;
    }
    const { promise, resolve } = withResolvers<Failed | undefined>();
    seen.begin(id, promise);
    wanted.settle = resolve;
    return true;
  }

  async #write(wanted: readonly Wanted<Item>[], bytes: number, context: RequestContext): Promise<Written> {
    const items = wanted.map(({ item }) => item);
    const writer = this.#writer;
    const all: (Written | Promise<Written>)[] = [];
    for (let from = 0; from < items.length; from += this.#most) {
      const part = items.slice(from, from + this.#most);
      if (writer) all.push(writer.add(part, Math.ceil((bytes * part.length) / items.length), context));
      // One after the other: a sink may count on the order.
      else all.push(await writeAtOnce((list, its) => this.#options.write(list, its), part, context));
    }
    return joined(await Promise.all(all));
  }
}

const joined = (parts: readonly Written[]): Written => ({
  outcomes: parts.flatMap(({ outcomes }) => outcomes),
  error: parts.find(({ error }) => error !== undefined)?.error,
  metadata: parts.some(({ metadata }) => metadata)
    ? Object.assign({}, ...parts.map(({ metadata }) => metadata))
    : undefined,
});

function looksLikeItems(request: ConnectorRequest): boolean {
  if (request.capabilityId !== undefined) return false;
  try {
    return Array.isArray(request.json());
  } catch {
    return false;
  }
}

/**
 * A connector that writes lists of items, and says of each that is not written why, and whether it may be tried again.
 * Throws INVALID_CONFIG that names the option.
 *
 * @example
 * ```ts
 * import { appendFile } from "node:fs/promises";
 * import { createRuntime, sinkConnector } from "mooring";
 * import { z } from "zod";
 *
 * const archive = sinkConnector({
 *   type: "archive",
 *   version: "1.0.0",
 *   item: z.object({ id: z.string(), text: z.string() }),
 *   write: async (items) => {
 *     await appendFile("archive.jsonl", items.map((item) => `${JSON.stringify(item)}\n`).join(""));
 *   },
 *   batching: { maxItems: 500, maxWaitMs: 50 },
 *   idempotency: { idOf: ({ id }) => id },
 * });
 * createRuntime().add({ tenantId: "acme", instanceId: "archive-1", connector: archive });
 * ```
 */
export function sinkConnector<Item = unknown>(options: SinkOptions<Item>): Connector {
  checkOptions(options, sinkCall);
  const { type, version, batching, idempotency } = options;
  const { table } = sinkCall;
  if (!type.trim()) throw invalidConfig('type is required: give the connector type, e.g. type: "archive".');
  if (typeof options.write !== "function")
    throw invalidConfig("write is required: a function (items, context) => result.");
  if (idempotency && typeof idempotency.idOf !== "function")
    throw invalidConfig("idempotency.idOf is required: a function (item) => id.");
  const most = bounded(
    "maxBatchSize",
    options.maxBatchSize ?? table.maxBatchSize.default,
    table.maxBatchSize,
  );
  const timeoutMs = bounded("timeoutMs", options.timeoutMs ?? table.timeoutMs.default, table.timeoutMs);
  const sink = new Sink(options, most);
  return {
    connectorType: type,
    version,
    ...fixed({
      behaviors: [ConnectorBehavior.SINK],
      supportedEncodings: [PayloadEncoding.JSON, PayloadEncoding.RAW_BYTES, PayloadEncoding.JSON_LINES],
      metadata: {
        ...options.metadata,
        supports_batching: String(batching !== undefined),
        max_batch_size: String(most),
        is_idempotent: String(idempotency !== undefined),
        batching_enabled: String(batching !== undefined),
        timeout_ms: String(timeoutMs),
      },
      taskTypes: [],
    }),
    timeoutMs,
    takes: looksLikeItems,
    execute: (request, context) => sink.answer(request, context),
  };
}

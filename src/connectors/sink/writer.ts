/** Calls an author's `write`: for each request, or for what several requests bring within a short time. */
import { withResolvers } from "../../with-resolvers.js";
import type { RequestContext } from "../connector.js";
import { unexpectedFacts } from "../unexpected-error.js";
import { allFailed, type Written, writtenOf } from "./result.js";

/** What `write` gets beside the items. */
export interface SinkContext {
  /** The request that an item came with: with `batching` a list may have items of several callers. */
  requestOf(index: number): RequestContext;
  /** Aborted when nobody waits for any of the items any more. */
  readonly signal: AbortSignal;
}

export type Write<Item> = (items: readonly Item[], context: SinkContext) => unknown;

/** When a `write` begins. */
export interface Batching {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

/** Items of one request. */
interface Part<Item> {
  readonly items: readonly Item[];
  readonly bytes: number;
  readonly request: RequestContext;
  readonly done: (written: Written) => void;
}

class WriteContext<Item> implements SinkContext {
  readonly #parts: readonly Part<Item>[];
  #signal: AbortSignal | undefined;

  constructor(parts: readonly Part<Item>[]) {
    this.#parts = parts;
  }

  requestOf(index: number): RequestContext {
    let left = index;
    for (const { items, request } of this.#parts) {
      if (left < items.length) return request;
      left -= items.length;
    }
    throw new RangeError(`There is no item ${index} in this write.`);
  }

  get signal(): AbortSignal {
    this.#signal ??= abortedWithAll(this.#parts.map(({ request }) => request.signal));
    return this.#signal;
  }
}

function abortedWithAll(signals: readonly AbortSignal[]): AbortSignal {
  const [only, ...others] = signals;
  if (only && others.length === 0) return only;
  const all = new AbortController();
  let left = signals.length;
  const gone = () => {
    left -= 1;
    if (left === 0) all.abort(new Error("Nobody waits for these items any more."));
  };
  for (const signal of signals)
    if (signal.aborted) gone();
    else signal.addEventListener("abort", gone, { once: true });
  return all.signal;
}

/** What `write` came to, whatever it throws: what nobody meant to throw is logged. */
async function callWrite<Item>(write: Write<Item>, parts: readonly Part<Item>[]): Promise<Written> {
  const items = parts.flatMap((part) => part.items);
  try {
    return writtenOf(await write(items, new WriteContext(parts)), items.length);
  } catch (error) {
    const [first] = parts;
    const facts = first && unexpectedFacts(first.request.requestId, error);
    if (facts) first.request.logger.error(facts, "a sink's write threw an unexpected error");
    return allFailed(items.length, error);
  }
}

/** One `write` at a time, in the order of the requests. */
export class BatchWriter<Item> {
  readonly #write: Write<Item>;
  readonly #batching: Batching;
  #waiting: Part<Item>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #isWriting = false;

  constructor(write: Write<Item>, batching: Batching) {
    this.#write = write;
    this.#batching = batching;
  }

  add(items: readonly Item[], bytes: number, request: RequestContext): Promise<Written> {
    const { promise, resolve } = withResolvers<Written>();
    this.#waiting.push({ items, bytes, request, done: resolve });
    this.#timer ??= setTimeout(() => this.#due(), this.#batching.maxWaitMs);
    // A registration that drains waits for what is here.
    if (request.draining.aborted) this.#due();
    else request.draining.addEventListener("abort", () => this.#due(), { once: true });
    void this.#writeOn();
    return promise;
  }

  #due(): void {
    this.#isDue = this.#waiting.length > 0;
    void this.#writeOn();
  }

  /** The parts of the next write; a part is never divided. */
  #next(): readonly Part<Item>[] {
    const { maxItems, maxBytes } = this.#batching;
    this.#leaveOutAborted();
    let [items, bytes, count] = [0, 0, 0];
    for (const part of this.#waiting) {
      if (count > 0 && (items + part.items.length > maxItems || bytes + part.bytes > maxBytes)) break;
      items += part.items.length;
      bytes += part.bytes;
      count += 1;
    }
    const isFull = items >= maxItems || bytes >= maxBytes || count < this.#waiting.length;
    return isFull || this.#isDue ? this.#waiting.splice(0, count) : [];
  }

  /** Its caller has been told that it took too long, and may try again. */
  #leaveOutAborted(): void {
    const isGone = ({ request }: Part<Item>) => request.signal.aborted;
    for (const { items, done } of this.#waiting.filter(isGone))
      done(allFailed(items.length, "nobody waits for this item any more"));
    this.#waiting = this.#waiting.filter((part) => !isGone(part));
  }

  async #writeOn(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    for (let parts = this.#next(); parts.length > 0; parts = this.#next()) {
      if (this.#waiting.length === 0) this.#restart();
      const written = await callWrite(this.#write, parts);
      let from = 0;
      for (const { items, done } of parts) {
        const to = from + items.length;
        done({ ...written, outcomes: written.outcomes.slice(from, to) });
        from = to;
      }
    }
    this.#isWriting = false;
  }

  /** Nothing waits. */
  #restart(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
  }
}

/** For each request by itself. */
export const writeAtOnce = <Item>(
  write: Write<Item>,
  items: readonly Item[],
  request: RequestContext,
): Promise<Written> => callWrite(write, [{ items, bytes: 0, request, done: () => {} }]);

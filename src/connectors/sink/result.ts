/** What a sink says of a write: to its caller, and what its author says of it. */
import { textOf } from "../../errors.js";
import { PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { isObject } from "../../is-object.js";
import { encodeJson } from "../../protocol/encodings.js";
import { RawAnswer } from "../connector.js";

/** Why an item was not written. */
export interface SinkItemError {
  /** Its place in the list. */
  readonly index: number;
  /** In words for the caller. */
  readonly error: string;
  /**
   * Whether the same item may be tried again.
   * @default false
   */
  readonly retryable?: boolean;
}

/** What an author says of a write. */
export interface SinkResult {
  /** Of the items that were not written. */
  readonly itemErrors?: readonly SinkItemError[];
  /** What went wrong, in words for the caller. */
  readonly error?: string;
  /** Texts that go with the answer. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Of one item: undefined when it is written. */
export interface Failed {
  readonly error: string;
  readonly retryable: boolean;
}

/** Characters of an item's error; there may be as many errors as items. */
const maxErrorLength = 500;

export const failed = (error: string, retryable = false): Failed => ({
  error: error.length > maxErrorLength ? `${error.slice(0, maxErrorLength - 1)}…` : error,
  retryable,
});

/** What a write came to: an outcome for each item, and what goes with them. */
export interface Written {
  readonly outcomes: readonly (Failed | undefined)[];
  readonly error?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

const isRetryable = (error: unknown): boolean => {
  try {
    return isObject(error) && error.retryable === true;
  } catch {
    return false;
  }
};

/** None is written. */
export const allFailed = (count: number, error: unknown): Written => ({
  outcomes: new Array<Failed>(count).fill(failed(textOf(error), isRetryable(error))),
  error: failed(textOf(error)).error,
});

function outcomesOf(itemErrors: readonly SinkItemError[], count: number): readonly (Failed | undefined)[] {
  const outcomes = new Array<Failed | undefined>(count).fill(undefined);
  for (const { index, error, retryable } of itemErrors) {
    if (!Number.isInteger(index) || index < 0 || index >= count)
      throw new TypeError(`write returned an error for the item ${index}; it was given ${count} items.`);
    outcomes[index] = failed(textOf(error), retryable === true);
  }
  return outcomes;
}

/** Throws TypeError for what is no result. */
export function writtenOf(result: unknown, count: number): Written {
  if (result === undefined || result === null)
    return { outcomes: new Array<undefined>(count).fill(undefined) };
  if (!isObject(result) || (result.itemErrors !== undefined && !Array.isArray(result.itemErrors)))
    throw new TypeError(
      "write must return nothing, or { itemErrors: [{ index, error, retryable? }], error?, metadata? }.",
    );
  const { itemErrors, error, metadata } = result as SinkResult;
  if (error !== undefined && itemErrors === undefined) return { ...allFailed(count, error), metadata };
  return { outcomes: outcomesOf(itemErrors ?? [], count), error, metadata };
}

/** As callers get it. Errors of items beyond what a message holds are counted in `metadata`. */
export function sinkAnswer({ outcomes, error, metadata }: Written, maxBytes: number): RawAnswer {
  const errors = outcomes.flatMap((one, index) => (one ? [{ index, ...one }] : []));
  const answer = (told: number): Uint8Array =>
    encodeJson({
      success: errors.length === 0,
      items_written: outcomes.length - errors.length,
      items_failed: errors.length,
      ...(error === undefined ? {} : { error }),
      ...(told > 0 ? { item_errors: errors.slice(0, told) } : {}),
      ...(metadata || told < errors.length
        ? {
            metadata: {
              ...metadata,
              ...(told < errors.length ? { item_errors_omitted: String(errors.length - told) } : {}),
            },
          }
        : {}),
    });
  for (let told = errors.length; ; told = Math.floor(told / 2)) {
    const bytes = answer(told);
    if (bytes.length <= maxBytes || told === 0) return new RawAnswer(bytes, PayloadEncoding.JSON);
  }
}

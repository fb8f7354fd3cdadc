/** The answer of a source, as JSON that fits into one message. */
import { MooringError, textOf } from "../../errors.js";
import { PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { jsonText } from "../../protocol/json-form.js";
import { RawAnswer } from "../connector.js";

/** What goes with the items. */
export interface BatchFacts {
  readonly totalCount?: number | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** What is behind the items: the cursor after the first `count` of them, and whether there may be more. */
export interface Ending {
  readonly cursor: string | undefined;
  readonly hasMore: boolean;
}

const encoder = new TextEncoder();

/** As it travels. Throws SERIALIZATION_ERROR for an item that is no JSON. */
export function itemText(item: unknown, place: number): string {
  try {
    return jsonText(item);
  } catch (error) {
    throw new MooringError(
      "SERIALIZATION_ERROR",
      `Serialization error: item ${place} of the batch: ${textOf(error)}`,
    );
  }
}

const tailOf = ({ cursor, hasMore }: Ending, { totalCount, metadata = {} }: BatchFacts): string =>
  `],${JSON.stringify({
    ...(cursor === undefined ? {} : { next_cursor: cursor }),
    has_more: hasMore,
    ...(totalCount === undefined ? {} : { total_count: totalCount }),
    metadata,
  }).slice(1)}`;

/** How many of the texts fit together, each with a comma. */
export function fitting(texts: readonly string[], room: number): number {
  let left = room;
  for (const [i, text] of texts.entries()) {
    left -= Buffer.byteLength(text) + 1;
    if (left < 0) return i;
  }
  return texts.length;
}

function tooLarge(text: string, room: number, after: Ending): MooringError {
  const onward =
    after.cursor === undefined ? "" : ` To go on after it, ask with the cursor "${after.cursor}".`;
  return new MooringError(
    "SERIALIZATION_ERROR",
    `Serialization error: an item of ${Buffer.byteLength(text)} bytes alone does not fit into an answer of ${room} bytes: make items smaller, or raise maxMessageBytes.${onward}`,
  );
}

/**
 * As many of the items as fit. Throws SERIALIZATION_ERROR when not even the first one does.
 * `endingAt` says what is behind so many of them.
 */
export function answerOf(
  texts: readonly string[],
  room: number,
  facts: BatchFacts,
  endingAt: (count: number) => Ending,
): { readonly answer: RawAnswer; readonly count: number } {
  const head = '{"items":[';
  for (let count = fitting(texts, room); ; count -= 1) {
    const ending = endingAt(count);
    const body = head + texts.slice(0, count).join(",") + tailOf(ending, facts);
    const bytes = encoder.encode(body);
    const isEmptied = count === 0 && texts.length > 0;
    if (isEmptied) throw tooLarge(texts[0] ?? "", room, endingAt(1));
    if (bytes.length <= room || count === 0)
      return { answer: new RawAnswer(bytes, PayloadEncoding.JSON), count };
  }
}

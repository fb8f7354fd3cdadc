/**
 * Batches of pages that an author makes. A page that does not fit is given in parts: the cursor of the next part is that
 * of the page with the number of items that were given, so that nothing is kept between requests.
 */
import { badRequest } from "../bad-request.js";
import type { RawAnswer } from "../connector.js";
import { answerOf, itemText } from "./batch.js";

/** A batch of items, and where the next one begins. */
export interface SourcePage<Item> {
  /** At most `limit`; what is more, or does not fit into a message, is given with the next request. */
  readonly items: readonly Item[];
  /** What the next request has as its cursor; undefined after the last batch. */
  readonly nextCursor?: string | undefined;
  /** How many items the query has in all, where that is known. */
  readonly totalCount?: number | undefined;
  /** Texts that go with the batch. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

const partForm = /^~(\d{1,9})~([\s\S]*)$/;

/** The author's cursor, and how many items of its page were given before. */
export interface PagePart {
  readonly cursor: string | undefined;
  readonly skip: number;
}

export function partOf(cursor: string | undefined): PagePart {
  const [, skip, own] = partForm.exec(cursor ?? "") ?? [];
  return skip === undefined ? { cursor, skip: 0 } : { cursor: own || undefined, skip: Number(skip) };
}

const partCursor = ({ cursor = "", skip }: PagePart): string => `~${skip}~${cursor}`;

/** An author's cursor that looks like a part's gets the form of one. */
const nextCursor = (cursor: string | undefined): string | undefined =>
  cursor !== undefined && partForm.test(cursor) ? partCursor({ cursor, skip: 0 }) : cursor;

export function pageAnswer(
  page: SourcePage<unknown>,
  part: PagePart,
  limit: number,
  room: number,
): RawAnswer {
  const { items } = page;
  if (part.skip > items.length)
    throw badRequest("the batch of this cursor has become smaller meanwhile: begin again without a cursor.");
  const texts = items.slice(part.skip, part.skip + limit).map(itemText);
  return answerOf(texts, room, page, (count) => {
    const given = part.skip + count;
    const cursor =
      given < items.length ? partCursor({ ...part, skip: given }) : nextCursor(page.nextCursor || undefined);
    return { cursor, hasMore: cursor !== undefined };
  }).answer;
}

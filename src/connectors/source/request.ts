/** What a request asks a source for: `{"query": …, "cursor"?, "limit"?, "context"}`. */
import { isObject } from "../../is-object.js";
import { badRequest, kindOf } from "../bad-request.js";
import type { ConnectorRequest } from "../connector.js";

/** A payload of the right shape; the query is not checked yet. */
export interface AskedBatch {
  readonly query: unknown;
  readonly cursor: string | undefined;
  readonly limit: number;
  readonly context: Readonly<Record<string, string>>;
}

/** Characters of a cursor: it travels with each request and answer. */
const maxCursor = 4_096;

const fields: ReadonlySet<string> = new Set(["query", "cursor", "limit", "context"]);

function cursorOf(cursor: unknown): string | undefined {
  if (cursor === undefined || cursor === null || cursor === "") return undefined;
  if (typeof cursor !== "string") throw badRequest(`cursor must be a text; got ${kindOf(cursor)}.`);
  if (cursor.length > maxCursor)
    throw badRequest(`cursor must have at most ${maxCursor} characters; got ${cursor.length}.`);
  return cursor;
}

function limitOf(limit: unknown, most: number): number {
  if (limit === undefined || limit === null) return most;
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1)
    throw badRequest(`limit must be a whole number from 1; got ${kindOf(limit)}.`);
  return Math.min(limit, most);
}

function contextOf(context: unknown): Readonly<Record<string, string>> {
  if (context === undefined || context === null) return {};
  if (!isObject(context)) throw badRequest(`context must be an object of texts; got ${kindOf(context)}.`);
  for (const text of Object.values(context))
    if (typeof text !== "string") throw badRequest(`context must have texts only; got ${kindOf(text)}.`);
  return context as Record<string, string>; // as has been looked at
}

/** Throws what names the field. A limit above `most` counts as `most`. */
export function askedBatch(payload: unknown, most: number): AskedBatch {
  if (!isObject(payload))
    throw badRequest(`a source takes { query, cursor?, limit?, context? }; got ${kindOf(payload)}.`);
  // Beside a query a newer peer may say more; without one it is the query that is misspelt, which would be all items.
  if (!Object.hasOwn(payload, "query") && Object.keys(payload).some((name) => !fields.has(name)))
    throw badRequest(
      "query is missing, and there are fields of another name: a source takes { query, cursor?, limit?, context? }.",
    );
  return {
    query: payload.query ?? {},
    cursor: cursorOf(payload.cursor),
    limit: limitOf(payload.limit, most),
    context: contextOf(payload.context),
  };
}

/** Whether it may be for a source, where several kinds share a registration. */
export function looksLikeFetch(request: ConnectorRequest): boolean {
  if (request.capabilityId !== undefined) return false;
  try {
    const payload = request.json();
    return isObject(payload) && "query" in payload;
  } catch {
    return false;
  }
}

/** The options of sources, a row for each. */
import type { Call } from "../../options/check.js";
import { judged } from "../../options/kinds.js";
import { countRow, functionRow, type Rows, row, timeRow } from "../../options/rows.js";
import { kindRows } from "../kind-rows.js";
import type { SourceOptions } from "./source.js";

/** Of `sourceConnector`. */
export const sourceCall = {
  name: "sourceConnector()",
  takesInstances: true,
  table: {
    ...kindRows("orders"),
    fetch: row(judged, {
      takes: "function, or async iterable",
      says: "Returns (or resolves to) an async iterable or a page `{ items, nextCursor?, totalCount?, metadata? }`; throws to fail the request. One async iterable instead of a function is read once, by one reader.",
      required: true,
    }),
    query: row(judged, {
      takes: "schema",
      says: "Any Standard Schema of the query; one that does not fit is refused.",
      usually: "every query is taken",
    }),
    cursorOf: functionRow({
      says: "Where to go on after an item, for iterables: `fetch` gets it as `cursor`, so that nothing is kept between requests.",
      usually: "the iteration stays open between requests",
    }),
    maxBatchSize: countRow({ says: "Most items of one batch.", default: 100 }),
    waitMs: timeRow(1, {
      says: "How long an iterable may take to its first item before the batch goes out empty.",
      usually: "four fifths of `timeoutMs`",
    }),
    batchTimeoutMs: timeRow(0, {
      says: "How long the batch of an iterable waits for further items after its first one.",
      default: 10,
    }),
    maxOpenCursors: countRow({
      says: "Iterations that may be open between requests; the one that was asked longest ago ends for a new one.",
      default: 100,
    }),
    cursorTtlMs: timeRow(1, {
      says: "How long an iteration stays open without a request.",
      default: 60_000,
    }),
    timeoutMs: timeRow(1, { says: "Limit for one request, also advertised.", default: 30_000 }),
  } satisfies Rows<SourceOptions<unknown, unknown>>,
  required: {
    type: "the connector type",
    version: "the version of the connector",
    fetch: "where items come from",
  },
} satisfies Call;

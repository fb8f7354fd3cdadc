/** The options of sinks, a row for each. */
import type { Call } from "../../options/check.js";
import { judged } from "../../options/kinds.js";
import { bytesRow, countRow, functionRow, type Rows, row, timeRow } from "../../options/rows.js";
import { defaultMaxMessageBytes, messageBytes } from "../../protocol/limits.js";
import { kindRows } from "../kind-rows.js";
import type { SinkOptions } from "./sink.js";

/** Of `sinkConnector`. */
export const sinkCall = {
  name: "sinkConnector()",
  takesInstances: true,
  table: {
    ...kindRows("archive"),
    item: row(judged, {
      takes: "schema",
      says: "Any Standard Schema of an item. Items that do not fit are told as errors; the others are written.",
      usually: "every item is taken",
    }),
    write: row(judged, {
      takes: "function",
      says: "Writes the items and returns (or resolves to) nothing when all are written, or `{ itemErrors, error?, metadata? }`; throws when none is. An error with `retryable: true` may be tried again.",
      required: true,
    }),
    maxBatchSize: countRow({
      says: "Most items of one `write`; a request with more is written in several.",
      default: 1_000,
    }),
    batching: {
      maxItems: countRow({ says: "Items that are enough for a `write`.", usually: "`maxBatchSize`" }),
      maxBytes: bytesRow(1, messageBytes.most, {
        says: "Bytes of payloads that are enough for a `write`.",
        default: defaultMaxMessageBytes,
      }),
      maxWaitMs: timeRow(0, { says: "How long the first item waits for others.", default: 100 }),
    },
    idempotency: {
      idOf: functionRow({
        says: "The id of an item, for its caller's tenant; no two items have the same.",
        required: true,
      }),
      maxIds: countRow({ says: "Ids that are remembered; the oldest goes for a new one.", default: 100_000 }),
      ttlMs: timeRow(1, { says: "How long an id is remembered.", default: 3_600_000 }),
    },
    timeoutMs: timeRow(1, { says: "Limit for one request, also advertised.", default: 5_000 }),
  } satisfies Rows<SinkOptions<unknown>, "batching" | "idempotency">,
  required: {
    type: "the connector type",
    version: "the version of the connector",
    write: "a function (items, context) => result",
  },
} satisfies Call;

/** The options of connectors and tools, a row for each. */
import type { Call } from "../options/check.js";
import { judged, list, options as optionsKind, textsByName } from "../options/kinds.js";
import {
  countRow,
  functionRow,
  highestInteger,
  numberRow,
  type Rows,
  row,
  switchRow,
  textRow,
  timeRow,
} from "../options/rows.js";
import type { CombineOptions } from "./combine.js";
import type { RequestResponseOptions } from "./request-response/request-response.js";
import { defaultValidation } from "./schemas/validation.js";
import type { ToolOptions } from "./tools/tool.js";
import type { ToolConnectorOptions } from "./tools/tool-connector.js";

/** Of every kind that takes some. */
export const metadata = row(textsByName, { says: "Texts shown with the connector.", usually: "none" });

/** Of `requestResponseConnector`. */
export const requestResponseCall = {
  name: "requestResponseConnector()",
  table: {
    type: textRow({ says: "The connector type, such as `echo`.", required: true }),
    version: textRow({ says: "The version of the connector.", required: true }),
    execute: row(judged, {
      takes: "function",
      says: "Returns (or resolves to) a JSON value or a `RawAnswer`; throws to fail the request. The error's message goes to the caller word for word; unless it is a `ToolError`, the error is also logged.",
      required: true,
    }),
    capabilities: row(list, {
      says: "What the connector can do, as the gateway lists it; a request that names something else is refused. Without it `execute` gets requests for any.",
      usually: "none",
    }),
    metadata,
    supportedEncodings: row(list, {
      says: "How payloads may be encoded.",
      usually: "JSON and RAW_BYTES",
    }),
    timeoutMs: timeRow(1, { says: "Limit for one request.", usually: "the runtime's `requestTimeoutMs`" }),
    before: functionRow({
      says: "Called before `execute`, which waits for it; throws to fail the request instead.",
      usually: "nothing",
    }),
    afterSuccess: functionRow({
      says: "Called with a result that goes to the caller. What it throws is logged, and changes nothing.",
      usually: "nothing",
    }),
    afterFailure: functionRow({
      says: "Called when `before` or `execute` has failed, or took too long. What it throws is logged, and changes nothing.",
      usually: "nothing",
    }),
    batch: {
      maxRequests: countRow({ says: "Requests of one batch.", default: 1_000 }),
      maxConcurrent: countRow({ says: "Of them at once; a batch may ask for less.", default: 10 }),
    },
  } satisfies Rows<RequestResponseOptions, "batch">,
  required: { version: 'the version of the connector, such as "1.0.0"' },
  takesInstances: true,
} satisfies Call;

/** Of `combineConnectors`. */
export const combineCall = {
  name: "combineConnectors()",
  table: {
    type: textRow({ says: "The type of the whole, such as `shop`.", required: true }),
    version: textRow({ says: "The version of the whole.", required: true }),
    connectors: row(list, {
      says: "At least two. At most one of them may take whatever the others do not.",
      required: true,
    }),
    metadata: row(textsByName, {
      says: "Texts shown with the connector, over those of the parts.",
      usually: "those of the parts",
    }),
  } satisfies Rows<CombineOptions>,
  required: { type: "the type of the whole", version: "its version", connectors: "the connectors" },
} satisfies Call;

/** Of `defineTool`. */
export const toolCall = {
  name: "defineTool()",
  takesInstances: true,
  table: {
    name: textRow({ says: "Unique in its connector; the request's `capability_id`.", required: true }),
    description: textRow({ says: "What the agent reads to decide whether to call it.", required: true }),
    input: row(judged, {
      takes: "schema",
      says: "Any Standard Schema that can print its JSON Schema. Arguments are validated and defaults filled in.",
      required: true,
    }),
    output: row(judged, {
      takes: "schema",
      says: "What it returns, for the agent to know; the compiler holds `run` to it, and `checkOutput` each result.",
      usually: "nothing is said",
    }),
    checkOutput: switchRow({
      says: "Holds each result against `output`: one that does not fit fails with `INVALID_RESULT`, and what the schema makes of it goes out.",
      default: false,
    }),
    concurrency: countRow({
      says: "Calls that run at once; more wait in the order in which they came.",
      usually: "no limit of its own",
    }),
    annotations: row(optionsKind, {
      takes: "object",
      says: "Hints for agents, such as `{ readOnlyHint: true }`: they go out with the schema.",
      usually: "none",
    }),
    timeoutMs: timeRow(1, { says: "Limit for one call.", usually: "the connector's" }),
    category: textRow({ says: "A word to sort tools by.", usually: "the connector's" }),
    icon: textRow({ says: "A hero icon's name.", usually: "the connector's" }),
    run: row(judged, {
      takes: "function",
      says: "Returns (or resolves to) a JSON value; throws `ToolError` for a failure with a code. Any other error is logged, and its message goes to the caller word for word.",
      required: true,
    }),
  } satisfies Rows<ToolOptions<unknown, unknown>>,
} satisfies Call;

/** Of `toolConnector`. */
export const toolConnectorCall = {
  name: "toolConnector()",
  table: {
    version: textRow({ says: "The version of the connector.", default: "0.1.0" }),
    timeoutMs: timeRow(1, { says: "Limit for one call, also advertised.", default: 5_000 }),
    category: textRow({ says: "A word to sort tools by, for tools without their own.", usually: "none" }),
    icon: textRow({ says: "A hero icon's name, for tools without their own.", usually: "none" }),
    metadata,
    validation: {
      maxValues: numberRow({
        says: "How many values the arguments of one call may hold: each item and property counts, at any depth.",
        default: defaultValidation.maxValues,
        // More do not fit into any message that can be.
        range: { least: 1, most: highestInteger, fractions: "round down" },
      }),
      timeoutMs: timeRow(
        1,
        {
          says: "How long the arguments of one call may take to validate.",
          default: defaultValidation.timeoutMs,
        },
        "round up",
      ),
    },
  } satisfies Rows<ToolConnectorOptions, "validation">,
} satisfies Call;

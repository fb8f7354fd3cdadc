/** The options of connectors in threads of their own, a row for each. */
import type { Call } from "../options/check.js";
import { numberRow, type Rows, row, textRow } from "../options/rows.js";
import { moduleLocation } from "../runtime/option-table.js";
import type { ThreadConnectorOptions } from "./thread-connector.js";

/** Of `threadConnector`. */
export const threadConnectorCall = {
  name: "threadConnector()",
  table: {
    module: row(moduleLocation, {
      says: "The module that exports the connector: a file URL or an absolute path.",
      required: true,
    }),
    connectorType: textRow({ says: "Which of its connectors.", usually: "the only one" }),
    threads: numberRow({
      says: "Requests that run at once, each in a thread of its own; more wait in the order in which they came.",
      default: 1,
      range: { least: 1, most: 256, fractions: "refuse" },
    }),
  } satisfies Rows<ThreadConnectorOptions>,
  required: { module: 'its file, such as new URL("./connectors.js", import.meta.url)' },
} satisfies Call;

/** The options of a test bench, a row for each. */
import type { Call } from "../options/check.js";
import { list, options } from "../options/kinds.js";
import { type Rows, row } from "../options/rows.js";
import type { TestBenchOptions } from "./index.js";

/** Of `startTestBench`. The options of gateway and runtime are checked where they are started. */
export const testBenchCall = {
  name: "startTestBench()",
  table: {
    registrations: row(
      { ...list, items: options },
      {
        says: "Added before the start. One without an `instanceId` has its connector's type for it.",
        usually: "none",
      },
    ),
    gateway: row(options, {
      says: "Options of `startGateway`.",
      usually: "automatic approval",
    }),
    runtime: row(options, {
      says: "Options of `createRuntime`.",
      usually: "quick retries, `strict`, an empty environment",
    }),
  } satisfies Rows<TestBenchOptions>,
} satisfies Call;

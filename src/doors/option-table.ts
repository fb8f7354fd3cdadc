/** The options of `invoke`, a row for each. */
import type { InvokeOptions } from "../connectors/invoke.js";
import type { Call } from "../options/check.js";
import { having, textsByName } from "../options/kinds.js";
import { type Rows, row, switchRow, timeRow } from "../options/rows.js";

/** Of `invoke` of a registration and of a request's context. */
export const invokeCall = {
  name: "invoke()",
  table: {
    timeoutMs: timeRow(
      1,
      {
        says: "Time until the invocation counts as failed, here and at the gateway.",
        usually: "30,000 ms, or what is left of the caller's own limit where that is less",
      },
      "round up",
    ),
    fireAndForget: switchRow({
      says: "Resolves with `undefined` as soon as the request is on its way; nobody learns what became of it.",
      default: false,
    }),
    signal: row(having("addEventListener", "throwIfAborted"), {
      takes: "AbortSignal",
      says: "Gives up the wait: `invoke` rejects with its reason. One that waits for room on the stream is not sent; after that the other connector is not told: the protocol has no message for that.",
      usually: "none",
    }),
    context: row(textsByName, { says: "Texts that go with the request.", usually: "none" }),
  } satisfies Rows<InvokeOptions>,
} satisfies Call;

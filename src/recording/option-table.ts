/** The options of a replay, a row for each. */
import type { Call } from "../options/check.js";
import { type Kind, text } from "../options/kinds.js";
import { type Rows, row, textRow } from "../options/rows.js";
import type { ReplayOptions } from "./replay-types.js";

const moment: Kind<Date | number> = {
  wanted: "a Date, or a number of ms since 1970",
  is: (value): value is Date | number =>
    value instanceof Date ? !Number.isNaN(value.getTime()) : typeof value === "number" && value >= 0,
  isOpen: true,
};

/** Of `replay`. */
export const replayCall = {
  name: "replay()",
  table: {
    key: textRow({ says: "Only this registration, by its key.", usually: "all of them" }),
    at: row(moment, {
      takes: "`Date`, or ms",
      says: "Up to this moment: a `Date`, or ms since 1970.",
      usually: "to the end",
    }),
    until: row(text, {
      says: "Until a registration comes into this state, such as `backoff.refused`, `serving` or `backoff` with all below it.",
      usually: "to the end",
    }),
  } satisfies Rows<ReplayOptions>,
} satisfies Call;

/** The option that says how many worker threads host the registrations: a number, or as many as there are processors. */
import type { Kind } from "../options/kinds.js";
import { bounded } from "../options/ranges.js";
import { numberRow, row } from "../options/rows.js";
import { availableProcessors } from "./processors.js";

/** How many worker threads; `"auto"`: one for each processor that the process may use. */
export type WorkerCount = number | "auto";

const workerCount: Kind<WorkerCount> = {
  wanted: 'a number or "auto"',
  is: (value): value is WorkerCount => typeof value === "number" || value === "auto",
  isOpen: true,
};

/** No machine has use for more. */
const most = 256;

const numbers = numberRow({ says: "So many.", range: { least: 0, most, fractions: "refuse" } });

export const workersRow = {
  ...row(workerCount, {
    says: 'Host the registrations in so many worker threads instead of this one, each with its own event loop; 0: here; `"auto"`: one for each processor that the process may use, a container\'s limit included. Needs `module`. See docs/threads.md.',
    takes: 'whole number, 0 to 256, or `"auto"`',
    // As it counts, in whatever form it was given.
    default: 0 as number,
    counts: (field: string, value: WorkerCount): number =>
      value === "auto" ? Math.min(most, availableProcessors()) : bounded(field, value, numbers),
    staysHere: true,
  }),
  range: numbers.range,
};

/** Tells results that are there from results that come later, so that the former need no promise. */

/** Whether somebody must be waited for. May throw what a getter of the value throws. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  (typeof value === "object" || typeof value === "function") &&
  value !== null &&
  "then" in value &&
  typeof value.then === "function";

/** The option that says how many handlers run at once: a number, or bounds within which Mooring finds it. */
import { invalidConfig } from "../errors.js";
import type { LimitBounds } from "../execution/adaptive-limit.js";
import { isObject } from "../is-object.js";
import { type Call, checkOptions } from "../options/check.js";
import type { Kind } from "../options/kinds.js";
import { bounded, checkRange } from "../options/ranges.js";
import { countRow, type Rows, row } from "../options/rows.js";

/**
 * Bounds of `maxConcurrentRequests` where Mooring finds the number: docs/concurrency.md has the rule.
 *
 * @example
 * ```ts
 * import { type AdaptiveConcurrency, createRuntime } from "mooring";
 *
 * const maxConcurrentRequests: AdaptiveConcurrency = { least: 2, most: 400 };
 * createRuntime({ maxConcurrentRequests });
 * ```
 */
export interface AdaptiveConcurrency {
  /**
   * So many handlers run at once, however slow they are.
   * @default 4
   */
  readonly least?: number;
  /**
   * No more run at once, however fast they are.
   * @default 100
   */
  readonly most?: number;
}

/** How many handlers run at once. */
export type Concurrency = number | "adaptive" | AdaptiveConcurrency;

/** What the runtime's own default is, too. */
const usualConcurrency = 100;

/** Of bounds. */
export const adaptiveCall = {
  name: "maxConcurrentRequests",
  table: {
    least: countRow({ says: "So many handlers run at once, however slow they are.", default: 4 }),
    most: countRow({ says: "No more run at once, however fast they are.", default: usualConcurrency }),
  } satisfies Rows<AdaptiveConcurrency>,
} satisfies Call;

const concurrency: Kind<Concurrency> = {
  wanted: 'a number, "adaptive" or bounds such as { least: 4, most: 100 }',
  is: (value): value is Concurrency => typeof value === "number" || value === "adaptive" || isObject(value),
  isOpen: true,
};

/** Of two bounds the one that is left out gives way to the other. Throws INVALID_CONFIG that names the field. */
function boundsOf(field: string, given: AdaptiveConcurrency): LimitBounds {
  checkOptions(
    { [field]: given },
    { name: "createRuntime() and add()", table: { [field]: adaptiveCall.table } },
  );
  const { least, most } = adaptiveCall.table;
  checkRange(`${field}.most`, given.most, most);
  const bounds = {
    least: bounded(
      `${field}.least`,
      given.least ?? Math.min(least.default, given.most ?? least.default),
      least,
    ),
    most: bounded(`${field}.most`, given.most ?? Math.max(most.default, given.least ?? most.default), most),
  };
  if (bounds.least <= bounds.most) return bounds;
  throw invalidConfig(
    `${field}.least (${bounds.least}) must be at most ${field}.most (${bounds.most}): lower the one or raise the other.`,
  );
}

export const concurrencyRow = row(concurrency, {
  says: 'Handlers that run at once, per registration. `"adaptive"`: as many as run without slowing each other down, from `least` (4) to `most` (100); docs/concurrency.md tells how they are found.',
  takes: 'number, 1 to 1,000,000, rounded down; `"adaptive"`; or `{ least, most }`',
  // As it counts, of whatever form it was given in.
  default: usualConcurrency as number | LimitBounds,
  counts(field: string, value: Concurrency): number | LimitBounds {
    if (typeof value === "number") return bounded(field, value, adaptiveCall.table.most);
    return boundsOf(field, value === "adaptive" ? {} : value);
  },
});

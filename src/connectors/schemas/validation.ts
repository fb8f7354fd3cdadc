/**
 * Bounds the work of validating arguments. Validators of any make run on this thread, collect all that is wrong, and
 * cannot be asked to stop. So the input is measured first, and one that could take long is validated under a watch
 * that ends the work at its time limit: `vm`'s, which ends loops and regular expressions alike. It costs a thread for
 * each call, 50 to 100 µs, so small inputs go without.
 */
import { isNativeError } from "node:util/types";
import { createContext, Script } from "node:vm";
import { maxValueDepth } from "../../protocol/json-depth.js";
import { toldText } from "../issues/issue-text.js";
import { isThenable } from "../thenable.js";
import { ToolError } from "../tools/tool-error.js";
import type { SchemaCost } from "./schema-cost.js";

/** Bounds of the arguments of one call. */
export interface ValidationLimits {
  /** How many values the arguments of one call may hold: each item and property counts, at any depth. */
  readonly maxValues: number;
  /** How long the arguments of one call may take to validate, in ms. */
  readonly timeoutMs: number;
}

export const defaultValidation: ValidationLimits = { maxValues: 500_000, timeoutMs: 1_000 };

/** What is validated without a watch: so many values, and so many characters without and with a pattern. */
const unwatched = { values: 1_000, characters: 10_000, charactersWithPattern: 100 };

export interface Measured {
  readonly isWithin: boolean;
  readonly tooDeep: boolean;
  /** Whether all its numbers are some: JSON.parse makes Infinity of 1e999. */
  readonly isFinite: boolean;
  readonly values: number;
  /** In texts and names. */
  readonly characters: number;
}

/** Counts until there are more than `most` values, or they are nested too deeply. */
class Measure implements Measured {
  readonly #most: number;
  values = 0;
  characters = 0;
  tooDeep = false;
  isFinite = true;

  constructor(most: number) {
    this.#most = most;
  }

  get isWithin(): boolean {
    return this.values <= this.#most && !this.tooDeep;
  }

  add(value: unknown, depth: number): void {
    this.values += 1;
    if (typeof value === "string") this.characters += value.length;
    else if (typeof value === "number" && !Number.isFinite(value)) this.isFinite = false;
    if (typeof value !== "object" || value === null || !this.isWithin) return;
    if (depth > maxValueDepth) this.tooDeep = true;
    else if (Array.isArray(value)) this.#addItems(value, depth + 1);
    else this.#addProperties(value as Record<string, unknown>, depth + 1);
  }

  #addItems(items: readonly unknown[], depth: number): void {
    if (this.values + items.length > this.#most) {
      this.values += items.length;
      return;
    }
    for (let i = 0; i < items.length && this.isWithin; i += 1) this.add(items[i], depth);
  }

  #addProperties(owner: Readonly<Record<string, unknown>>, depth: number): void {
    for (const name in owner) {
      if (!this.isWithin) return;
      this.characters += name.length;
      this.add(owner[name], depth);
    }
  }
}

export function measure(value: unknown, most: number): Measured {
  const found = new Measure(most);
  found.add(value, 0);
  return found;
}

interface Scope {
  work: (() => unknown) | undefined;
}

let watch: { readonly scope: Scope; readonly script: Script } | undefined;

const tookTooLong = (ms: number): ToolError =>
  new ToolError(
    "INVALID_PARAMS",
    `the arguments took longer than ${ms} ms to validate (validation.timeoutMs): send fewer or shorter values`,
  );

/** No `instanceof`: it is an error of the context's own realm. */
const isTimeout = (error: unknown): boolean =>
  isNativeError(error) && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";

/** Runs it, but not for longer than that. */
function withinTime<T>(timeoutMs: number, work: () => T): T {
  watch ??= {
    scope: createContext({ work: undefined }) as unknown as Scope,
    script: new Script("work()"),
  };
  const { scope, script } = watch;
  const outer = scope.work;
  scope.work = work;
  try {
    return script.runInContext(scope, { timeout: timeoutMs }) as T;
  } catch (error) {
    if (isTimeout(error)) throw tookTooLong(timeoutMs);
    throw error;
  } finally {
    scope.work = outer;
  }
}

function mayTakeLong({ values, characters }: Measured, cost: SchemaCost): boolean {
  const { charactersWithPattern, characters: plain } = unwatched;
  return (
    cost === "any" ||
    values > unwatched.values ||
    characters > (cost === "by size" ? plain : charactersWithPattern)
  );
}

function refuseLarge({ tooDeep }: Measured, { maxValues }: ValidationLimits): never {
  throw new ToolError(
    "INVALID_PARAMS",
    tooDeep
      ? `the arguments are nested deeper than ${maxValueDepth} levels`
      : `the arguments hold more than ${maxValues} values (validation.maxValues): send fewer`,
  );
}

/** The way to the first number that is none. It is not nested deeply: it has been measured. */
function pathToInfinite(value: unknown): readonly string[] | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : [];
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, part] of Object.entries(value)) {
    const path = pathToInfinite(part);
    if (path) return [name, ...path];
  }
  return undefined;
}

function refuseInfinite(value: unknown): never {
  const message = "is beyond the range of a number (such as 1e999): send a finite one";
  throw new ToolError("INVALID_PARAMS", toldText([{ path: pathToInfinite(value) ?? [], text: message }]));
}

/** Whether the stack was full. */
export const isOverflow = (error: unknown): boolean =>
  error instanceof RangeError && error.message.includes("call stack");

/** The validation of one tool's arguments. */
export class Validation {
  readonly #cost: SchemaCost;
  /** One that was too slow once, for a reason that cannot be seen from outside, is watched from then on. */
  #wasSlow = false;

  constructor(cost: SchemaCost) {
    this.#cost = cost;
  }

  /** What `validate` returns. Throws INVALID_PARAMS for arguments beyond a limit. */
  run<T>(value: unknown, limits: ValidationLimits, validate: (value: unknown) => T): T {
    const size = measure(value, limits.maxValues);
    if (!size.isWithin) refuseLarge(size, limits);
    if (!size.isFinite) refuseInfinite(value);
    try {
      if (this.#wasSlow || mayTakeLong(size, this.#cost))
        return withinTime(limits.timeoutMs, () => validate(value));
      const begun = performance.now();
      const result = validate(value);
      if (performance.now() - begun <= limits.timeoutMs) return result;
      this.#wasSlow = true;
      // Nobody waits for it any more.
      if (isThenable(result)) result.then(undefined, () => {});
    } catch (error) {
      if (isOverflow(error)) throw new ToolError("INVALID_PARAMS", "the arguments are nested too deeply");
      throw error;
    }
    throw tookTooLong(limits.timeoutMs);
  }
}

/** What is wrong with one value, whichever library found it. */

/** How a value misses: by its kind, by its worth (one of a list, a range, a format), or by its size. */
type Miss = "kind" | "worth" | "size";

/** Of {@link Fault.branches}: one way in which the value could have been right, and what is wrong with it there. */
export type Branch = readonly Fault[];

export interface Fault {
  /** From the root of the input. */
  readonly path: readonly PropertyKey[];
  /** What would be right, such as "a number"; of a size without its unit. */
  readonly expected?: string | undefined;
  /** @default "kind" */
  readonly miss?: Miss;
  /** Whether only some values are right: in a union that tells which branch was meant. */
  readonly isTag?: boolean;
  /** The author's own words, or those of a library that nothing is known of. */
  readonly said?: string | undefined;
  /** Of a union, none of which fits. Read when asked for: unions within unions may be many. */
  readonly branches?: (() => readonly Branch[]) | undefined;
}

/** What a library calls an issue: its fields are looked at one by one. */
export interface RawIssue {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
  readonly [field: string]: unknown;
}

/** A step of a path, of which some libraries make an object. */
const stepOf = (step: unknown): PropertyKey => {
  const key = typeof step === "object" && step !== null && "key" in step ? step.key : step;
  return typeof key === "symbol" || typeof key === "number" ? key : String(key);
};

export const stepsOf = (path: readonly unknown[] = []): readonly PropertyKey[] => path.map(stepOf);

/** Branches and issues of a union that are looked at: a library may list one for each of hundreds. */
export const mostBranches = 20;

export const issuesOf = (value: unknown): readonly RawIssue[] =>
  Array.isArray(value) ? (value.slice(0, mostBranches) as RawIssue[]) : [];

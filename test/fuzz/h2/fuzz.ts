/** Runs many cases, and tells of those in which something was wrong. */
import type { FuzzCase } from "./fuzz-case.js";
import { type Conversation, generate } from "./generate.js";

export interface FuzzFailure {
  readonly seed: number;
  readonly case: FuzzCase;
  readonly words: string;
}

export interface FuzzOptions {
  readonly corpus: readonly Conversation[];
  /** Throws when a case fails. */
  readonly run: (fuzzCase: FuzzCase) => void;
  /** The seed of the first of `count` cases that are to be run, of which each has the next; undefined: no more. */
  readonly next: () => { readonly seed: number; readonly count: number } | undefined;
  /** Told at once. */
  readonly failed: (failure: FuzzFailure) => void;
  /** Told after all of the above. */
  readonly done: (count: number) => void;
}

/** Where an error was made is asked only of those that are reported: it takes an eighth of the time. */
function withoutTraces(act: () => void): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    act();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function isWell(run: FuzzOptions["run"], fuzzCase: FuzzCase): boolean {
  try {
    run(fuzzCase);
    return true;
  } catch {
    return false;
  }
}

function failureOf(run: FuzzOptions["run"], fuzzCase: FuzzCase): string {
  try {
    run(fuzzCase);
    return "it did not fail again";
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

export async function fuzz({ corpus, run, next, failed, done }: FuzzOptions): Promise<void> {
  for (let part = next(); part; part = next()) {
    const { seed, count } = part;
    const wrong: number[] = [];
    withoutTraces(() => {
      for (let one = seed; one < seed + count; one++)
        if (!isWell(run, generate(one, corpus))) wrong.push(one);
    });
    for (const one of wrong) {
      const fuzzCase = generate(one, corpus);
      failed({ seed: one, case: fuzzCase, words: failureOf(run, fuzzCase) });
    }
    done(count);
    // Connections ask for the end of the turn, which must come now and then, or their memory is never free.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Cases are run in parts of so many. */
const casesOfPart = 200;

/** The parts of a run, for whoever asks next: `taken` counts them, and may be shared by threads. */
export function partsOf(seed: number, cases: number, taken: Int32Array): FuzzOptions["next"] {
  return () => {
    const begin = Atomics.add(taken, 0, 1) * casesOfPart;
    return begin < cases ? { seed: seed + begin, count: Math.min(casesOfPart, cases - begin) } : undefined;
  };
}

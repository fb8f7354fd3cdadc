/** Runs many cases, and keeps those in which something was wrong. */
import type { FuzzCase } from "./fuzz-case.js";
import { type Conversation, generate } from "./generate.js";
import { runCase } from "./run-case.js";

export interface FuzzFailure {
  readonly seed: number;
  readonly case: FuzzCase;
  readonly words: string;
}

export interface FuzzOptions {
  /** How many cases. */
  readonly cases: number;
  /** Of the first case; each further one has the next. */
  readonly seed: number;
  readonly corpus: readonly Conversation[];
  /** It stops when so many cases have failed. 1 by default. */
  readonly mostFailures?: number;
  /** Told now and then how many cases were run, and how many of them failed. */
  readonly progress?: (cases: number, failed: number) => void;
}

/** Connections ask for the end of the turn, which must come now and then, or their memory is never free. */
const casesOfTurn = 200;

/** Where an error was made is asked only of those that are reported: it takes an eighth of the time. */
function fails(fuzzCase: FuzzCase): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    runCase(fuzzCase);
    return false;
  } catch {
    return true;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function failureOf(fuzzCase: FuzzCase): string {
  try {
    runCase(fuzzCase);
    return "it did not fail again";
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

export async function fuzz(options: FuzzOptions): Promise<readonly FuzzFailure[]> {
  const { cases, seed, corpus, mostFailures = 1, progress } = options;
  const failures: FuzzFailure[] = [];
  for (let done = 0; done < cases && failures.length < mostFailures; ) {
    for (const end = Math.min(cases, done + casesOfTurn); done < end; done++) {
      const fuzzCase = generate(seed + done, corpus);
      if (fails(fuzzCase)) failures.push({ seed: seed + done, case: fuzzCase, words: failureOf(fuzzCase) });
    }
    await new Promise((resolve) => setImmediate(resolve));
    progress?.(done, failures.length);
  }
  return failures;
}

/** Ten thousand cases, always the same ones; the file that asks says by its mocks with which turns and limits. */
import { corpus } from "./corpus.js";
import { type FuzzFailure, fuzz, partsOf } from "./fuzz.js";
import { runCase } from "./run-case.js";

export async function shortRun(): Promise<readonly FuzzFailure[]> {
  const failures: FuzzFailure[] = [];
  await fuzz({
    corpus: corpus(),
    run: runCase,
    next: partsOf(1, 10_000, new Int32Array(1)),
    failed: (failure) => failures.push(failure),
    done: () => {},
  });
  return failures;
}

/** The same as `fuzz.slow.test.ts`, with limits that a case reaches. */
import { expect, it, vi } from "vitest";
import { corpus } from "./corpus.js";
import { type FuzzFailure, fuzz, partsOf } from "./fuzz.js";
import { keptFailures } from "./kept-failures.js";
import { runCase } from "./run-case.js";

vi.mock("../../../src/transport/http2/turn.js", () => import("./turns.js"));
vi.mock("../../../src/protocol/limits.js", async (original) => {
  const { smallLimits } = await import("./small-limits.js");
  return smallLimits(await original());
});

it("finds nothing in 10,000 cases", async () => {
  const failures: FuzzFailure[] = [];
  await fuzz({
    corpus: corpus(),
    run: runCase,
    next: partsOf(1, 10_000, new Int32Array(1)),
    failed: (failure) => failures.push(failure),
    done: () => {},
  });
  expect(failures).toEqual([]);
});

it.each(keptFailures)("passes what failed once: %s", (_file, fuzzCase) => runCase(fuzzCase));

/** A short run of the fuzzer, always the same; `npm run fuzz:h2` runs as many cases as there is time for. */
import { expect, it, vi } from "vitest";
import { corpus } from "./corpus.js";
import { type FuzzFailure, fuzz, partsOf } from "./fuzz.js";
import { runCase } from "./run-case.js";

vi.mock("../../../src/transport/http2/turn.js", () => import("./turns.js"));

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

/** A short run of the fuzzer, always the same; `npm run fuzz:h2` runs as many cases as there is time for. */
import { expect, it } from "vitest";
import { corpus } from "./corpus.js";
import { fuzz } from "./fuzz.js";

it("finds nothing in 5,000 cases", async () => {
  expect(await fuzz({ cases: 5_000, seed: 1, corpus: corpus() })).toEqual([]);
});

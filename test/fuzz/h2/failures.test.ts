import { describe, it } from "vitest";
import { keptFailures } from "./kept-failures.js";
import { runCase } from "./run-case.js";

describe("a case that failed once passes", () => {
  it.each(keptFailures)("%s", (_file, fuzzCase) => runCase(fuzzCase));
});

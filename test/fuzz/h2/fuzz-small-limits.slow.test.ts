/** The same as `fuzz.slow.test.ts`, with limits that a case reaches. */
import { expect, it, vi } from "vitest";
import { keptFailures } from "./kept-failures.js";
import { runCase } from "./run-case.js";
import { shortRun } from "./short-run.js";

vi.mock("../../../src/transport/http2/turn.js", () => import("./turns.js"));
vi.mock("../../../src/protocol/limits.js", async (original) => {
  const { smallLimits } = await import("./small-limits.js");
  return smallLimits(await original());
});

it("finds nothing in 10,000 cases", async () => {
  expect(await shortRun()).toEqual([]);
});

it.each(keptFailures)("passes what failed once: %s", (_file, fuzzCase) => runCase(fuzzCase));

import { describe, it, vi } from "vitest";
import { keptFailures } from "./kept-failures.js";
import { runCase } from "./run-case.js";

vi.mock("../../../src/transport/http2/turn.js", () => import("./turns.js"));

describe("a case that failed once passes", () => {
  it.each(keptFailures)("%s", (_file, fuzzCase) => runCase(fuzzCase));
});

/** A short run of the fuzzer, always the same; `npm run fuzz:h2` runs as many cases as there is time for. */
import { expect, it, vi } from "vitest";
import { shortRun } from "./short-run.js";

vi.mock("../../../src/transport/http2/turn.js", () => import("./turns.js"));

it("finds nothing in 10,000 cases", async () => {
  expect(await shortRun()).toEqual([]);
});

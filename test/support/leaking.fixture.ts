/** Not part of the suite: a test that leaks, which `secret-watch.test.ts` runs to see it fail. */
import { it } from "vitest";
import { Journal } from "../../src/runtime/journal.js";

it("passes by itself", () => {
  new Journal().add({ at: 0, kind: "note", state: "streaming", detail: "planted-secret-1" });
});

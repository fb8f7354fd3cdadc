import assert from "node:assert/strict";
import { test } from "node:test";
import { testTool } from "mooring/testing";
import { divide } from "./connector.js";

test("divides", async () => {
  assert.deepEqual(await testTool(divide).call({ a: 6, b: 3 }), { result: 2 });
});

test("says what is wrong with the arguments", async () => {
  await assert.rejects(testTool(divide).call({ a: 6, b: 0 }), { code: "DIVISION_BY_ZERO" });
  await assert.rejects(testTool(divide).call({ a: "six", b: 3 }), { code: "INVALID_PARAMS" });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { testConnector } from "mooring/testing";
import connector from "./connector.js";

test("squares a number", async () => {
  assert.deepEqual(await testConnector(connector).execute(3), { square: 9 });
});

test("says what it wants", async () => {
  await assert.rejects(testConnector(connector).execute("x"), /send a number/);
});

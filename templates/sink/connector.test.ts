import assert from "node:assert/strict";
import { test } from "node:test";
import { testConnector } from "mooring/testing";
import connector, { stock } from "./connector.js";

test("writes what fits, and says of the rest why not", async () => {
  const answer = (await testConnector(connector).execute([
    { article: "bolt", pieces: 10 },
    { article: "nut", pieces: "many" },
    { article: "bolt", pieces: 2 },
  ])) as { items_written: number; item_errors: readonly { index: number }[] };
  assert.equal(answer.items_written, 2);
  assert.deepEqual(
    answer.item_errors.map(({ index }) => index),
    [1],
  );
  assert.deepEqual([...stock], [["bolt", 12]]);
});

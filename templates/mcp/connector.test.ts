import assert from "node:assert/strict";
import { after, test } from "node:test";
import { testConnector } from "mooring/testing";
import connector from "./connector.js";

after(() => connector.close());

test("offers the server's tools", () => {
  assert.deepEqual(
    connector.taskTypes.map(({ taskTypeId }) => taskTypeId),
    ["greet"],
  );
});

test("passes a call on", async () => {
  const payload = { parameters: { name: "Ada" } };
  assert.deepEqual(await testConnector(connector).execute(payload, { capabilityId: "greet" }), {
    text: "Hello, Ada!",
  });
});

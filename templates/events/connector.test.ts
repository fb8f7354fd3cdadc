import assert from "node:assert/strict";
import { after, test } from "node:test";
import { testConnector } from "mooring/testing";
import connector from "./connector.js";

after(() => connector.close());

const ask = async (capabilityId: string, payload: object) =>
  (await testConnector(connector).execute(payload, { capabilityId })) as Record<string, unknown>;

test("hands out what is published", async () => {
  const { subscription_id } = await ask("subscribe", { pattern: "orders.*" });
  await ask("publish", { topic: "orders.created", payload: { id: 7 } });
  const { events } = await ask("receive", { subscription_id, wait_ms: 5_000 });
  const [first] = events as readonly { message: { payload: unknown } }[];
  assert.deepEqual(first?.message.payload, { id: 7 });
});

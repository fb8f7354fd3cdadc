import assert from "node:assert/strict";
import { test } from "node:test";
import { testConnector } from "mooring/testing";
import connector from "./connector.js";

const ask = async (payload: unknown) => (await testConnector(connector).execute(payload)) as Batch;

interface Batch {
  readonly items: readonly { readonly name: string }[];
  readonly next_cursor?: string;
  readonly has_more: boolean;
}

test("gives items by country, from where a cursor says", async () => {
  const first = await ask({ query: { country: "at" }, limit: 1 });
  assert.deepEqual([first.items.map(({ name }) => name), first.has_more], [["Wien"], true]);
  const second = await ask({ query: { country: "at" }, cursor: first.next_cursor });
  assert.deepEqual([second.items.map(({ name }) => name), second.has_more], [["Graz"], false]);
});

test("refuses a query that does not fit", async () => {
  await assert.rejects(ask({ query: { country: 7 } }), /country/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { testConnector } from "mooring/testing";
import connector from "./connector.js";

/** What a gateway gets for a path. */
const get = async (path: string) => (await testConnector(connector).execute({ path })) as Page;

interface Page {
  readonly status: number;
  readonly content_type: string;
  readonly body: string;
}

test("has a page", async () => {
  const { status, content_type, body } = await get("/");
  assert.deepEqual([status, content_type], [200, "text/html"]);
  assert.match(body, /<h1>my-connector<\/h1>/);
});

test("tells the time", async () => {
  const { now } = JSON.parse((await get("/now")).body);
  assert.ok(!Number.isNaN(Date.parse(now)));
});

test("has no other page", async () => {
  assert.equal((await get("/other")).status, 404);
});

/** examples/sqlite.ts on real database files, called by itself and over a real stream. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestBench, testConnector } from "mooring/testing";
import sqlite from "node-sqlite3-wasm";
import { expect, it, onTestFinished } from "vitest";
import { orderConnector } from "../../examples/sqlite.js";

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mooring-sqlite-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "orders.db");
}

function connectorOf(path: string) {
  const connector = orderConnector(path);
  onTestFinished(() => connector.close());
  return connector;
}

const orders = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `o-${n}`, article: n % 2 ? "nut" : "bolt", pieces: n + 1 }));

interface Batch {
  readonly items: readonly { readonly id: string }[];
  readonly next_cursor?: string;
}

it("writes each order once, and says which the table refuses", async () => {
  const path = await newFile();
  const tested = testConnector(connectorOf(path));
  const [first, second] = orders(2);
  const wrong = [
    { ...first, id: "none", pieces: 0 },
    { id: "half", article: "nut", pieces: 0.5 },
  ];
  expect(await tested.execute([first, ...wrong, second])).toMatchObject({
    success: false,
    items_written: 2,
    items_failed: 2,
    item_errors: [
      { index: 1, error: expect.stringContaining("CHECK constraint failed"), retryable: false },
      { index: 2, retryable: false },
    ],
  });
  // Sent again, by another process after a restart.
  const again = testConnector(connectorOf(path));
  expect(await again.execute([first, second])).toMatchObject({ success: true, items_written: 2 });
  const { items } = (await again.execute({ query: {} })) as Batch;
  expect(items.map(({ id }) => id)).toEqual(["o-0", "o-1"]);
});

it("says that a list may be tried again while another process writes, and has written nothing of it", async () => {
  const path = await newFile();
  const tested = testConnector(connectorOf(path));
  await tested.execute(orders(1));
  const other = new sqlite.Database(path);
  onTestFinished(() => other.close());
  other.exec("BEGIN EXCLUSIVE");
  expect(await tested.execute(orders(3))).toMatchObject({
    success: false,
    items_written: 0,
    item_errors: [0, 1, 2].map((index) => ({ index, retryable: true })),
  });
  await expect(tested.execute({ query: {} })).rejects.toThrow("another process writes to the database");
  other.exec("ROLLBACK");
  expect(await tested.execute(orders(3))).toMatchObject({ success: true, items_written: 3 });
  expect(((await tested.execute({ query: {} })) as Batch).items).toHaveLength(3);
});

it("reads from where a cursor says, over a real stream and after a restart", async () => {
  const path = await newFile();
  const ask = async (payload: unknown) => {
    const connector = orderConnector(path);
    const bench = await startTestBench({ registrations: [{ tenantId: "acme", instanceId: "1", connector }] });
    try {
      return (await bench.gateway.execute("acme.orders.1", { payload })).json() as Batch;
    } finally {
      await bench.close();
      connector.close();
    }
  };
  expect(await ask(orders(250))).toMatchObject({ success: true, items_written: 250 });
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const batch = await ask({ query: { article: "nut" }, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...batch.items.map(({ id }) => id));
    cursor = batch.next_cursor;
  } while (cursor !== undefined);
  expect(ids).toEqual(orders(250).flatMap(({ id, article }) => (article === "nut" ? [id] : [])));
});

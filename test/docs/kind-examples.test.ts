/** The examples of sources and sinks, on real files and timers, over a real stream. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connector } from "mooring";
import { startTestBench, testConnector } from "mooring/testing";
import { expect, it, onTestFinished } from "vitest";
import { folderSource, tickSource } from "../../examples/changes.js";
import { fileConnector } from "../../examples/files.js";

interface Batch {
  readonly items: readonly Record<string, unknown>[];
  readonly next_cursor?: string;
  readonly has_more: boolean;
}

async function asking(connector: Connector) {
  const bench = await startTestBench({ registrations: [{ tenantId: "acme", instanceId: "1", connector }] });
  onTestFinished(() => bench.close());
  return async (payload: unknown) =>
    (await bench.gateway.execute(`acme.${connector.connectorType}.1`, { payload })).json() as Batch;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "mooring-kinds-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

it("examples/files.ts writes lines once, and reads them from where a cursor says", async () => {
  const path = join(await folder(), "items.jsonl");
  const ask = await asking(fileConnector(path));
  expect(await ask({ query: {} })).toEqual({ items: [], has_more: false, metadata: {} });
  const items = ["a", "b", "c"].map((id) => ({ id, text: "é" }));
  expect(await ask(items)).toEqual({ success: true, items_written: 3, items_failed: 0 });
  expect(await ask([...items, { text: "no id" }])).toMatchObject({ items_written: 3, items_failed: 1 });
  expect((await readFile(path, "utf8")).trim().split("\n")).toHaveLength(3);
  const first = await ask({ query: {}, limit: 2 });
  expect(first.items.map(({ item }) => item)).toEqual(items.slice(0, 2));
  const rest = await ask({ query: {}, cursor: first.next_cursor });
  expect(rest.items.map(({ item }) => item)).toEqual(items.slice(2));
  expect((await ask({ query: { id: "b" } })).items).toHaveLength(1);
});

it("examples/changes.ts tells changes of a folder", async () => {
  const path = await folder();
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const ask = await asking(folderSource(path, end.signal));
  // The watch begins with the first request; what was changed before, nobody has seen.
  const waiting = ask({ query: {} });
  const writing = setInterval(() => void writeFile(join(path, "a.txt"), String(Date.now())), 50);
  onTestFinished(() => clearInterval(writing));
  const first = await waiting;
  clearInterval(writing);
  expect(first.items[0]).toMatchObject({ filename: "a.txt" });
  expect(first.has_more).toBe(true);
});

it("examples/changes.ts ticks", async () => {
  const ask = await asking(tickSource(5));
  const first = await ask({ query: {}, limit: 1 });
  expect(first.items).toMatchObject([{ tick: 1 }]);
  expect((await ask({ query: {}, cursor: first.next_cursor, limit: 1 })).items).toMatchObject([{ tick: 2 }]);
});

it("examples/mcp.ts serves the tools of a public server, and those that read alone", async () => {
  const path = await folder();
  await writeFile(join(path, "a.txt"), "hello");
  const before = process.env.FOLDER;
  process.env.FOLDER = path;
  onTestFinished(() => {
    if (before === undefined) delete process.env.FOLDER;
    else process.env.FOLDER = before;
  });
  const { default: connector } = await import("../../examples/mcp.js");
  onTestFinished(() => connector.close());
  expect(connector.taskTypes.map(({ taskTypeId }) => taskTypeId).sort()).toEqual([
    "list_directory",
    "read_text_file",
  ]);
  const payload = { parameters: { path: join(path, "a.txt") } };
  const answer = await testConnector(connector).execute(payload, { capabilityId: "read_text_file" });
  expect(JSON.stringify(answer)).toContain("hello");
});

/**
 * Lines of JSON in a file as a source and a sink on one registration: a list of objects is appended, a query is answered
 * from the file. Each object has an id, and is written once.
 *
 *     npm run build && npx mooring dev examples/files.ts
 *
 * FILE: where they are (`items.jsonl`).
 */
import { appendFile, open } from "node:fs/promises";
import { type Connector, combineConnectors, sinkConnector, sourceConnector } from "mooring";
import { z } from "zod";

const Item = z.object({ id: z.string().min(1) }).loose();
type Item = z.infer<typeof Item>;

/** Lines from a byte on, with where the next one begins; none while there is no file. */
async function* linesOf(path: string, from: number): AsyncGenerator<{ item: Item; next: number }> {
  const file = await open(path).catch(() => undefined);
  if (!file) return;
  try {
    let next = from;
    for await (const line of file.readLines({ start: from, encoding: "utf8" })) {
      next += Buffer.byteLength(line) + 1;
      if (line !== "") yield { item: Item.parse(JSON.parse(line)), next };
    }
  } finally {
    await file.close();
  }
}

export function fileConnector(path: string): Connector {
  const version = "1.0.0";
  const source = sourceConnector({
    type: "file-source",
    version,
    query: z.object({ id: z.string().optional() }),
    async *fetch({ query, cursor }) {
      for await (const line of linesOf(path, Number(cursor ?? 0)))
        if (query.id === undefined || line.item.id === query.id) yield line;
    },
    cursorOf: ({ next }) => String(next),
  });
  const sink = sinkConnector({
    type: "file-sink",
    version,
    item: Item,
    write: async (items) => {
      await appendFile(path, items.map((item) => `${JSON.stringify(item)}\n`).join(""));
    },
    batching: { maxItems: 500, maxWaitMs: 20 },
    idempotency: { idOf: ({ id }) => id },
  });
  // Both advertise bounds of their own.
  const metadata = { timeout_ms: "30000", max_batch_size: "100", batching_enabled: "true" };
  return combineConnectors({ type: "file", version, connectors: [source, sink], metadata });
}

export default fileConnector(process.env.FILE ?? "items.jsonl");

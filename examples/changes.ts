/**
 * What happens by itself, as sources: changes in a folder, and the ticks of a timer. A request gets what has happened since
 * its cursor, and waits for something to happen.
 *
 *     npm run build && npx mooring dev examples/changes.ts
 *
 * FOLDER: which folder (the current one).
 */
import { watch } from "node:fs/promises";
import { setInterval } from "node:timers/promises";
import { type Connector, sourceConnector } from "mooring";

/** One reader gets each change once; one that comes back with an old cursor gets the last batch again. */
export const folderSource = (folder: string, signal?: AbortSignal): Connector =>
  sourceConnector({ type: "folder", version: "1.0.0", fetch: watch(folder, signal ? { signal } : {}) });

/** Each caller has ticks of its own, counted from the beginning of its query. */
export const tickSource = (everyMs: number): Connector =>
  sourceConnector({
    type: "ticks",
    version: "1.0.0",
    async *fetch() {
      let tick = 0;
      for await (const _ of setInterval(everyMs, undefined, { ref: false })) {
        tick += 1;
        yield { tick, at: new Date().toISOString() };
      }
    },
    batchTimeoutMs: 0,
  });

export default [
  { instanceId: "folder", connector: folderSource(process.env.FOLDER ?? ".") },
  { instanceId: "ticks", connector: tickSource(1_000) },
];

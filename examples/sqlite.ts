/**
 * A table of SQLite as a source and a sink on one registration: rows are read in the order in which they were written, and
 * written in a transaction, each id once, whoever sends it again.
 *
 *     npm install node-sqlite3-wasm
 *     npm run build && npx mooring dev examples/sqlite.ts
 *
 * FILE: the database (`orders.db`). A process that is killed while it writes leaves a folder `orders.db.lock`: remove it.
 */
import { type Connector, combineConnectors, sinkConnector, sourceConnector, ToolError } from "mooring";
import sqlite from "node-sqlite3-wasm";
import { z } from "zod";

const Order = z.object({ id: z.string().min(1), article: z.string(), pieces: z.number().int() });
type Order = z.infer<typeof Order>;

const schema = `CREATE TABLE IF NOT EXISTS orders (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  article TEXT NOT NULL,
  pieces INTEGER NOT NULL CHECK (pieces > 0)
)`;

/** Rows of one query: none stays open between them. */
const page = 100;

/** A constraint is against the item; everything else, such as a lock of another process, may be over soon. */
const isAgainstItem = (error: unknown): error is Error =>
  error instanceof sqlite.SQLite3Error && error.message.includes("constraint failed");

const isLocked = (error: unknown): boolean =>
  error instanceof sqlite.SQLite3Error && error.message.includes("locked");

/** What callers may try again is told as such. */
function failure(error: unknown): unknown {
  if (!isLocked(error)) return error;
  return Object.assign(new ToolError("BUSY", "another process writes to the database: try again"), {
    retryable: true,
  });
}

/** The database, opened when it is first needed. */
class Orders {
  readonly #path: string;
  #database: sqlite.Database | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  after(place: number, article: string | null): (Order & { readonly place: number })[] {
    const query =
      "SELECT place, id, article, pieces FROM orders WHERE place > ? AND article = coalesce(?, article) ORDER BY place LIMIT ?";
    return this.#open().all(query, [place, article, page]) as never; // the table's own columns
  }

  /** All of them or, of those that the table refuses, why. */
  write(orders: readonly Order[]): { index: number; error: string; retryable: boolean }[] {
    const database = this.#open();
    const refused = [];
    database.exec("BEGIN IMMEDIATE");
    try {
      for (const [index, { id, article, pieces }] of orders.entries())
        try {
          database.run(
            "INSERT INTO orders (id, article, pieces) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
            [id, article, pieces],
          );
        } catch (error) {
          if (!isAgainstItem(error)) throw error;
          refused.push({ index, error: error.message, retryable: false });
        }
      database.exec("COMMIT");
      return refused;
    } catch (error) {
      if (database.inTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): sqlite.Database {
    if (!this.#database) {
      const database = new sqlite.Database(this.#path);
      try {
        database.exec(schema);
      } catch (error) {
        database.close();
        throw error;
      }
      this.#database = database;
    }
    return this.#database;
  }
}

/** `close()` lets go of the file. */
export function orderConnector(path: string): Connector & { close(): void } {
  const version = "1.0.0";
  const orders = new Orders(path);
  const source = sourceConnector({
    type: "order-source",
    version,
    query: z.object({ article: z.string().optional() }),
    async *fetch({ query, cursor }) {
      let last = Number(cursor ?? 0);
      try {
        for (let rows = orders.after(last, query.article ?? null); rows.length > 0; ) {
          yield* rows;
          last = rows.at(-1)?.place ?? last;
          rows = orders.after(last, query.article ?? null);
        }
      } catch (error) {
        throw failure(error);
      }
    },
    cursorOf: ({ place }) => String(place),
  });
  const sink = sinkConnector({
    type: "order-sink",
    version,
    item: Order,
    write: (items) => {
      try {
        return { itemErrors: orders.write(items) };
      } catch (error) {
        throw failure(error);
      }
    },
    batching: { maxItems: 500, maxWaitMs: 10 },
  });
  // Both advertise bounds of their own.
  const metadata = { timeout_ms: "30000", max_batch_size: "100", batching_enabled: "true" };
  const connector = combineConnectors({ type: "orders", version, connectors: [source, sink], metadata });
  return Object.assign(connector, { close: () => orders.close() });
}

export default orderConnector(process.env.FILE ?? "orders.db");

/** Iterations that wait for the request with their cursor: a bounded number, for a bounded time. */
import { randomBytes } from "node:crypto";
import { badRequest } from "../bad-request.js";
import { Iteration } from "./iteration.js";

interface Open {
  readonly iteration: Iteration;
  touchedAt: number;
}

/** An iteration, and from where the request reads. */
export interface Place {
  readonly id: string;
  readonly iteration: Iteration;
  readonly from: number;
}

const cursorForm = /^([\w-]{16})\.(\d{1,15})$/;

export const cursorAt = (id: string, place: number): string => `${id}.${place}`;

export const expiredCursor = () =>
  badRequest(
    "this cursor is not kept any more (it expired, or the connector was started anew): begin again without a cursor.",
  );

export class OpenCursors {
  readonly #most: number;
  readonly #ttlMs: number;
  readonly #open = new Map<string, Open>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(most: number, ttlMs: number) {
    this.#most = most;
    this.#ttlMs = ttlMs;
  }

  begin(items: AsyncIterable<unknown>): Place {
    this.#makeRoom();
    const id = randomBytes(12).toString("base64url");
    const iteration = new Iteration(items);
    this.#open.set(id, { iteration, touchedAt: performance.now() });
    this.#sweep ??= setTimeout(() => this.#expire(), this.#ttlMs).unref();
    return { id, iteration, from: 0 };
  }

  /** Throws for a cursor that is none of the open ones. */
  at(cursor: string): Place {
    const [, id = "", place] = cursorForm.exec(cursor) ?? [];
    const open = this.#open.get(id);
    if (!open) throw expiredCursor();
    open.touchedAt = performance.now();
    // The one that was asked last is the last to go.
    this.#open.delete(id);
    this.#open.set(id, open);
    return { id, iteration: open.iteration, from: Number(place) };
  }

  end(id: string): void {
    this.#open.get(id)?.iteration.close();
    this.#open.delete(id);
  }

  #makeRoom(): void {
    if (this.#open.size < this.#most) return;
    const idle = [...this.#open].find(([, { iteration }]) => !iteration.isRead);
    if (!idle) throw badRequest(`all ${this.#most} cursors of this source are being read: ask again later.`);
    this.end(idle[0]);
  }

  #expire(): void {
    const now = performance.now();
    for (const [id, { iteration, touchedAt }] of this.#open)
      if (!iteration.isRead && now - touchedAt >= this.#ttlMs) this.end(id);
    this.#sweep = undefined;
    if (this.#open.size > 0) this.#sweep = setTimeout(() => this.#expire(), this.#ttlMs).unref();
  }
}

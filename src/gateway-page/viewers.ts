/** The open pages: each is told what is new to it, at most every so often, and one that reads slowly less often. */
import type { ServerResponse } from "node:http";
import type { GatewayRegistration } from "../gateway/gateway.js";
import type { Frame, JournalEntry } from "./told.js";

/** Looks are this far apart at least, in ms; with many registrations so many times as far as a look takes. */
const pauseMs = 100;
const pauses = 5;

/** A page with so much unread is told nothing until it has read it. */
const mostUnreadBytes = 1024 * 1024;

type Part = "facts" | "faults" | "tokens" | "inspector";

/** What there is to tell, now. */
export interface Telling {
  registrations(): readonly GatewayRegistration[];
  journalSince(number: number): readonly JournalEntry[];
  parts(): { readonly [Name in Part]: NonNullable<Frame[Name]> };
}

/** By its fields: ten thousand are looked at in few milliseconds, as texts they would take twenty times as long. */
function isSame(a: GatewayRegistration, b: GatewayRegistration | undefined): boolean {
  if (!b) return false;
  for (const name in a) if (a[name as keyof typeof a] !== b[name as keyof typeof a]) return false;
  return true;
}

class Viewer {
  readonly #response: ServerResponse;
  readonly #told = new Map<string, GatewayRegistration>();
  readonly #parts = new Map<string, string>();
  #journalAt = 0;
  #isFirst = true;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** False when it has to be tried again. */
  tell(telling: Telling): boolean {
    if (this.#response.writableLength > mostUnreadBytes) return false;
    const frame = this.#frame(telling);
    if (frame) this.#response.write(`data: ${JSON.stringify(frame)}\n\n`);
    return true;
  }

  #frame(telling: Telling): Frame | undefined {
    const isWhole = this.#isFirst;
    this.#isFirst = false;
    const all = telling.registrations();
    const registrations = all.filter((one) => !isSame(one, this.#told.get(one.key)));
    for (const one of registrations) this.#told.set(one.key, one);
    const removed = this.#removed(all);
    const journal = telling.journalSince(this.#journalAt);
    this.#journalAt = journal.at(-1)?.number ?? this.#journalAt;
    const parts = Object.fromEntries(
      Object.entries(telling.parts()).filter(([name, part]) => this.#isNewPart(name, part)),
    );
    const isNothing = registrations.length + removed.length + journal.length === 0;
    if (isNothing && Object.keys(parts).length === 0 && !isWhole) return undefined;
    return { isWhole, registrations, removed, journal, ...parts };
  }

  #isNewPart(name: string, part: object): boolean {
    const text = JSON.stringify(part);
    if (this.#parts.get(name) === text) return false;
    this.#parts.set(name, text);
    return true;
  }

  #removed(all: readonly GatewayRegistration[]): readonly string[] {
    if (all.length === this.#told.size) return [];
    const known = new Set(all.map(({ key }) => key));
    const removed = [...this.#told.keys()].filter((key) => !known.has(key));
    for (const key of removed) this.#told.delete(key);
    return removed;
  }
}

export class Viewers {
  readonly #viewers = new Set<Viewer>();
  readonly #telling: Telling;
  #timer: NodeJS.Timeout | undefined;
  /** When it may be looked again. */
  #nextAt = 0;

  constructor(telling: Telling) {
    this.#telling = telling;
  }

  add(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
    response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
    const viewer = new Viewer(response);
    this.#viewers.add(viewer);
    response.once("close", () => this.#viewers.delete(viewer));
    viewer.tell(this.#telling);
  }

  /** Something may be new. */
  changed(): void {
    if (this.#viewers.size === 0) return;
    const waitMs = Math.max(0, this.#nextAt - performance.now());
    this.#timer ??= setTimeout(() => this.#tell(), waitMs).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#viewers.clear();
  }

  #tell(): void {
    this.#timer = undefined;
    const begun = performance.now();
    const isBehind = [...this.#viewers].filter((viewer) => !viewer.tell(this.#telling)).length > 0;
    const ended = performance.now();
    this.#nextAt = ended + Math.max(pauseMs, pauses * (ended - begun));
    if (isBehind) this.changed();
  }
}

/** All registrations with their tallies, kept up as they move. A change costs the same, however many there are. */

import { drawingOf } from "../chart/drawing.js";
import type { Figures, RowTold, StrayTold } from "../feed/told.js";
import { runtimeNow } from "../runtime-clock.js";
import type { FleetSeen, RowList } from "../source.js";
import { listedAgain, type Order, type Wanted } from "./order.js";
import { LiveRow, type Row, standingAt } from "./row.js";
import { Strips } from "./strips.js";
import { Tally } from "./tally.js";
import { troublesOf } from "./troubles.js";

export const facets = ["state", "cause", "tenant", "type"] as const;
export type Facet = (typeof facets)[number];

/** Newest last. */
const straysKept = 50;

/** Rows that are looked at for trouble in one frame. */
const lookedAtInFrame = 1_000;

const noState = { state: new Map() };

export class Fleet implements FleetSeen {
  readonly rows = new Map<string, LiveRow>();
  readonly strips = new Strips();
  readonly tallies: Readonly<Record<Facet, Tally>> = {
    state: new Tally(),
    cause: new Tally(),
    tenant: new Tally(),
    type: new Tally(),
  };
  readonly troubles = new Tally();
  /** Events that a state did not take, of whichever registration. */
  readonly strays: StrayTold[] = [];
  ready = 0;
  /** How often one came, went, or was started by another partition. */
  changes = 0;
  /** When the first of the strips begins. */
  begunAt = runtimeNow();

  #listed: readonly LiveRow[] = [];
  #looking: Iterator<LiveRow> | undefined;

  get size(): number {
    return this.rows.size;
  }

  row(key: string): Row | undefined {
    return this.rows.get(key);
  }

  list(wanted: Wanted, order: Order): RowList {
    this.#listed = listedAgain(this.#listed, this.rows, wanted, order);
    const rows = this.#listed;
    return {
      length: rows.length,
      at: (place) => rows[place],
      placeOf: (key) => rows.findIndex((row) => row.key === key),
    };
  }

  take({ key, partition, place, cause, since, lost }: RowTold): void {
    const row = this.rows.get(key) ?? this.#add(key);
    const { state, tone } = standingAt(place, drawingOf("registration") ?? noState);
    if (row.partition !== partition) this.changes += 1;
    row.partition = partition;
    if (row.tone !== tone || row.state === "") this.strips.add(row.place, since, tone);
    if ((row.tone === "good") !== (tone === "good")) this.ready += tone === "good" ? 1 : -1;
    this.tallies.state.move(row.state || undefined, state);
    const named = cause || "none";
    if (row.state !== "") this.tallies.cause.move(row.cause, named);
    else this.tallies.cause.move(undefined, named);
    row.state = state;
    row.tone = tone;
    row.cause = named;
    row.since = since;
    row.losses = lost;
  }

  measure(key: string, figures: Figures): void {
    const row = this.rows.get(key);
    if (row) row.figures = figures;
  }

  stray(stray: StrayTold): void {
    this.strays.push(stray);
    if (this.strays.length > straysKept) this.strays.shift();
  }

  drop(key: string): void {
    const row = this.rows.get(key);
    if (!row) return;
    this.changes += 1;
    this.rows.delete(key);
    this.strips.close(row.place);
    for (const facet of facets) this.tallies[facet].move(row[facet], undefined);
    for (const trouble of row.troubles) this.troubles.move(trouble, undefined);
    if (row.tone === "good") this.ready -= 1;
  }

  /** Looks at some for trouble, since some of it comes with time alone; true: those were the last of all. */
  lookOn(now: number): boolean {
    this.#looking ??= this.rows.values();
    for (let looked = 0; looked < lookedAtInFrame; looked += 1) {
      const next = this.#looking.next();
      if (!next.done) this.#look(next.value, now);
      else {
        this.#looking = undefined;
        return true;
      }
    }
    return false;
  }

  clear(): void {
    this.#looking = undefined;
    this.rows.clear();
    this.strips.clear();
    this.strays.length = 0;
    this.ready = 0;
    this.changes += 1;
    this.begunAt = runtimeNow();
    for (const tally of [...Object.values(this.tallies), this.troubles]) tally.clear();
  }

  #look(row: LiveRow, now: number): void {
    for (const trouble of row.troubles) this.troubles.move(trouble, undefined);
    row.troubles = troublesOf(row, now);
    for (const trouble of row.troubles) this.troubles.move(undefined, trouble);
  }

  #add(key: string): LiveRow {
    const row = new LiveRow(key, this.strips);
    this.rows.set(key, row);
    this.changes += 1;
    this.tallies.tenant.move(undefined, row.tenant);
    this.tallies.type.move(undefined, row.type);
    return row;
  }
}

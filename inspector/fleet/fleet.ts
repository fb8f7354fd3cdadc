/** All registrations with their tallies, kept up as the actors move. */

import type { InspectedRegistration } from "../../src/inspect/inspection-messages.js";
import { drawingOf } from "../chart/drawing.js";
import type { Actors, SeenActor } from "../feed/actors.js";
import { believe, newRow, type Row, stand, standingOf } from "./row.js";
import { Tally } from "./tally.js";
import { troublesOf } from "./troubles.js";

const causeOf = ({ failure }: SeenActor["context"]): string => {
  const cause =
    typeof failure === "object" && failure !== null && "cause" in failure ? failure.cause : undefined;
  return typeof cause === "string" ? cause : "none";
};

export const facets = ["state", "cause", "tenant", "type"] as const;
export type Facet = (typeof facets)[number];

export class Fleet {
  readonly rows = new Map<string, Row>();
  readonly tallies: Readonly<Record<Facet, Tally>> = {
    state: new Tally(),
    cause: new Tally(),
    tenant: new Tally(),
    type: new Tally(),
  };
  readonly troubles = new Tally();
  ready = 0;
  /** The first that the page was told of a step. */
  begunAt = Date.now();

  /** An actor has moved at a time; undefined: it was there already. */
  follow(actor: SeenActor, at: number | undefined): void {
    const drawing = drawingOf("registration");
    if (actor.machine !== "registration" || !drawing) return;
    this.#change(actor.address, (row) => {
      const standing = standingOf(actor.active, drawing);
      if (at !== undefined) this.begunAt = Math.min(this.begunAt, at);
      if (at !== undefined) stand(row, standing, at);
      else Object.assign(row, standing);
      row.cause = causeOf(actor.context);
    });
  }

  /** What the status says of one. */
  hear(status: InspectedRegistration, actors: Actors): void {
    this.#change(status.key, (row) => believe(row, status, actors.at(status.key)?.isLive ?? false));
  }

  /** What the status says of those that the feed does not tell of; who is not in it is gone. */
  believe(all: readonly InspectedRegistration[], actors: Actors): void {
    const keys = new Set(all.map(({ key }) => key));
    for (const status of all) this.hear(status, actors);
    for (const [key, row] of this.rows) if (!keys.has(key)) this.#drop(row);
  }

  /** Looks at all for trouble: some of it comes with time alone. */
  look(actors: Actors, now: number): void {
    this.troubles.clear();
    for (const row of this.rows.values()) {
      row.troubles = troublesOf(row, actors.at(row.key), actors, now);
      for (const trouble of row.troubles) this.troubles.move(undefined, trouble);
    }
  }

  clear(): void {
    this.rows.clear();
    this.ready = 0;
    for (const facet of facets) this.tallies[facet].clear();
  }

  #change(key: string, change: (row: Row) => void): void {
    const known = this.rows.get(key);
    const row = known ?? newRow(key);
    const before = known && { ...known };
    change(row);
    if (!known) this.rows.set(key, row);
    for (const facet of facets) this.tallies[facet].move(before?.[facet], row[facet]);
    this.ready += (row.tone === "good" ? 1 : 0) - (before?.tone === "good" ? 1 : 0);
  }

  #drop(row: Row): void {
    this.rows.delete(row.key);
    for (const facet of facets) this.tallies[facet].move(row[facet], undefined);
    if (row.tone === "good") this.ready -= 1;
  }
}

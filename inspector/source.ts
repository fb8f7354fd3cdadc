/** Where every view has it from: what happens now (`live.ts`), or a recording. */
import type { ReadonlySignal } from "@preact/signals";
import type { Actors } from "./feed/actors.js";
import type { StatusTold } from "./feed/told.js";
import type { Fleet } from "./fleet/fleet.js";

export interface Source {
  readonly kind: "live" | "past";
  /** Who hosts whom, and who is looked at with all their steps. */
  readonly actors: Actors;
  /** All registrations, as they stand at that time. */
  readonly fleet: Fleet;
  /** The time that is shown, in ms since 1970. */
  readonly at: ReadonlySignal<number>;
  /** Says of whom every step is wanted, by their addresses. */
  look(addresses: readonly string[]): void;
  /** What a person is told of a registration that is looked at; undefined: nobody tells. */
  statusOf(key: string): StatusTold | undefined;
}

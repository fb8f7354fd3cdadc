/** Where the views take what they show from: what is live, or a recording at one of its moments. */

import type { Fields, Sent, StepTold, StrayTold } from "./feed/told.js";
import type { Facet } from "./fleet/fleet.js";
import type { Order, Wanted } from "./fleet/order.js";
import type { Row } from "./fleet/row.js";

/** A step that an actor has taken. */
export interface LookedStep {
  readonly at: number;
  readonly event: string;
  readonly facts: Fields;
  readonly taken: readonly string[];
  /** Who sent the event: `program`, a chart (the actor's own: a timer), a port, `gateway` or `tokenServer`. */
  readonly from?: string;
  /** Guards that were asked, and what they said. */
  readonly asked?: StepTold["asked"];
  readonly sent?: readonly Sent[];
  /** The states after it. */
  readonly active: ReadonlySet<string>;
  /** In a recording: the number of the step. */
  readonly step?: number;
}

/** An actor as it is looked at. */
export interface LookedActor {
  readonly id: string;
  readonly name: string;
  /** How a person names it: a registration by its key, what is below another behind that and a slash. */
  readonly address: string;
  /** The id of its machine; undefined for actors that are no machines. */
  readonly machine: string | undefined;
  readonly isLive: boolean;
  readonly active: ReadonlySet<string>;
  readonly context: Fields;
  /** When each active state was entered; without those that were entered unseen. */
  readonly enteredAt: ReadonlyMap<string, number>;
  /** The last of them, newest last. */
  readonly steps: readonly LookedStep[];
  /** The transitions of the last step that led somewhere. */
  readonly path: readonly string[];
  /** Another number after each step. */
  readonly version: number;
}

export interface ActorsSeen {
  /** Another number when an actor came or went that hosts registrations or is one. */
  readonly changes: number;
  roots(): readonly LookedActor[];
  at(address: string): LookedActor | undefined;
  childrenOf(actor: LookedActor): readonly LookedActor[];
}

/** Values with how many have them, most first. */
export interface Tallied {
  entries(): readonly (readonly [string, number])[];
}

export interface RowList {
  readonly length: number;
  at(place: number): Row | undefined;
  /** -1: it is not in it. */
  placeOf(key: string): number;
}

export interface FleetSeen {
  readonly size: number;
  readonly ready: number;
  /** The first that is known of. */
  readonly begunAt: number;
  readonly tallies: Readonly<Record<Facet, Tallied>>;
  readonly troubles: Tallied;
  /** The newest events that a state did not take, newest last; undefined: nobody tells. */
  readonly strays?: readonly StrayTold[];
  row(key: string): Row | undefined;
  list(wanted: Wanted, order: Order): RowList;
}

export interface Source {
  readonly actors: ActorsSeen;
  readonly fleet: FleetSeen;
}

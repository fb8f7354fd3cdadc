/** What the page is told of the actors, in the page's own words. */

export interface Fields {
  readonly [name: string]: unknown;
}

export interface ActorState {
  readonly isLive: boolean;
  /** XState's value of the state: a name, or names in names. */
  readonly value: unknown;
  readonly context: Fields;
}

export interface ActorTold {
  readonly what: "actor";
  readonly id: string;
  readonly name: string;
  /** The id of its machine; undefined for actors that are no machines. */
  readonly machine: string | undefined;
  readonly parentId: string | undefined;
  readonly state: ActorState;
}

export interface StepTold {
  readonly what: "step";
  readonly id: string;
  readonly at: number;
  readonly event: string;
  readonly facts: Fields;
  readonly state: ActorState;
  /** Keys of the transitions that were taken. */
  readonly taken: readonly string[];
}

export type Told = ActorTold | StepTold;

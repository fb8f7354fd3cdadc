/** What viewers are told. */

export type {
  ActorMessage,
  EventData,
  EventMessage,
  InspectionMessage,
  SnapshotData,
  SnapshotMessage,
} from "../xstate-inspection.js";

/** A registration as the page shows it; part of its status. */
export interface InspectedRegistration {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** The state it is in. */
  readonly state: string;
  /** The child of the state; null where there is none. */
  readonly child: string | null;
  /** When the state was entered, wall clock in ms. */
  readonly since: number;
  /** Why the last step failed; null when nothing went wrong. */
  readonly cause: string | null;
  /** More of the cause, in words. */
  readonly detail?: string | null;
  /** What happens next by itself. */
  readonly nextAction: {
    /** In words. */
    readonly what: string;
    /** Wall clock in ms, when there is a time. */
    readonly at: number | null;
  };
}

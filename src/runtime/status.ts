/** The public picture of a registration and of the runtime: plain data, safe to print, without secrets. */
import type { FailureCause } from "../../machines/failure.js";
import type { AdviceKey, Counters, PublicState, StateTag, StopReason } from "../../machines/index.js";

/** What happens next by itself, and when. */
export interface NextAction {
  /** In words: `retry`, `give up waiting for the answer`, `heartbeat`, … */
  readonly what: string;
  /** Wall clock in ms, when there is a time. */
  readonly at: number | null;
}

export interface RegistrationStatus {
  /** `tenant.type.instance`, sanitized. */
  readonly key: string;
  /** `matrix:tenant:type:instance`. */
  readonly arn: string;
  readonly state: PublicState | "paused" | "parked";
  /** The child of the state, e.g. `serving`, `pendingApproval`, `refused`. */
  readonly child: string | null;
  /** Registered, approved, and taking requests. */
  readonly ready: boolean;
  /** What holds in this state, as the chart says; none while it is `paused` or `parked`. */
  readonly tags: readonly StateTag[];
  /** What the state means, in words: `registered, waiting for an administrator's approval`. */
  readonly meaning: string;
  /** What a person may do in this state, whatever led there; `explain` has the words. */
  readonly advice: AdviceKey | null;
  /** When the state was entered, wall clock in ms. */
  readonly since: number;
  /** Why the last step failed or the last stream ended; null when nothing went wrong since it became ready. */
  readonly cause: FailureCause | null;
  readonly code: string | null;
  readonly detail: string | null;
  /** Why it is `stopped`: `failed` (reconnect is off) or `shutdown` (drained or closed); null in other states. */
  readonly stopReason: StopReason | null;
  readonly nextAction: NextAction;
  readonly credentialSource: string | null;
  readonly hasSessionToken: boolean;
  /** Failed tries since the last stable uptime. */
  readonly attempt: number;
  /** The protocol's counters, by their names (docs/protocol.md, "Connection counters" and "Request counters"). */
  readonly counters: Counters & WorkFigures;
  readonly work: { readonly running: number; readonly queued: number; readonly unconfirmed: number };
  /** Events of Mooring's own that the state did not take, and events of streams already given up. */
  readonly unexpectedEvents: number;
  readonly staleEvents: number;
  /** How often the registration was restarted after a fault of its own, or of its worker thread. */
  readonly restarts: number;
  /** The worker thread that hosts it, from 1; null in the runtime's own thread, or where none does. */
  readonly worker: number | null;
}

/** docs/protocol.md, "Request counters"; the last four are Mooring's own. */
export interface WorkFigures {
  readonly requests_received: number;
  readonly requests_processed: number;
  readonly requests_failed: number;
  readonly bytes_received: number;
  readonly bytes_sent: number;
  readonly total_duration_ms: number;
  readonly last_request_at_ms: number;
  readonly timeouts: number;
  readonly overloads: number;
  readonly duplicates: number;
  readonly evicted: number;
}

export interface RuntimeStatus {
  /** All registrations are ready (and there is at least one). */
  readonly ready: boolean;
  readonly phase: "running" | "draining" | "stopped";
  readonly gateway: string;
  readonly registrations: readonly RegistrationStatus[];
  readonly channels: readonly {
    readonly id: number;
    readonly state: string;
    readonly streams: number;
    readonly capacity: number;
    /** The worker thread whose connection it is, from 1; null: the runtime's own. */
    readonly worker: number | null;
  }[];
}

/** How `start()` ended. */
export interface StartReport {
  readonly ready: readonly string[];
  readonly pendingApproval: readonly string[];
  readonly failing: readonly {
    readonly key: string;
    readonly state: string;
    readonly cause: FailureCause | null;
    readonly code: string | null;
    readonly explanation: string;
  }[];
  /** True when the time limit came first. */
  readonly timedOut: boolean;
}

export interface DrainReport {
  /** Requests that a handler finished while draining. */
  readonly finished: number;
  /** Requests refused with "shutting down", or left to the gateway's next stream, for somebody else to take. */
  readonly handedBack: number;
  /** Requests whose handlers were aborted and answered for. */
  readonly cancelled: number;
  /** Ids of results that the gateway has not confirmed. */
  readonly lost: readonly string[];
  /** True when the deadline came before everything was quiet. */
  readonly forced: boolean;
}

/** Why everything ended; `closed` resolves with it and never rejects. */
export interface ClosedReport {
  readonly registrations: readonly {
    readonly key: string;
    readonly reason: string;
    readonly cause: FailureCause | null;
    readonly code: string | null;
  }[];
  /** Faults of Mooring itself, e.g. events of our own that a state did not expect in strict mode. */
  readonly faults: readonly Error[];
}

/** The public state of a state path: what `statePath` was given first. */
export const stateOf = (path: string): string => path.split(".", 1)[0] ?? "";

/** The few state paths there are, so that thousands of journals share their names. */
const statePaths = new Map<string, string>();

/** `state.child`, or the state alone. */
export function statePath(state: string, child: string | null): string {
  if (child === null) return state;
  const name = `${state}.${child}`;
  const known = statePaths.get(name);
  if (known !== undefined) return known;
  statePaths.set(name, name);
  return name;
}

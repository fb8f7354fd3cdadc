/** The public picture of a registration and of the runtime: plain data, safe to print, without secrets. */
import type { FailureCause } from "../../machines/failure.js";
import type { AdviceKey, Counters, PublicState, StateTag, StopReason } from "../../machines/index.js";
import type { TransportInUse } from "../transport/transport.js";
import type { TroubleSigns } from "../troubles/troubles.js";

/** What happens next by itself, and when. */
export interface NextAction {
  /** In words: `retry`, `give up waiting for the answer`, `heartbeat`, … */
  readonly what: string;
  /** Wall clock in ms, when there is a time. */
  readonly at: number | null;
}

/** How one registration stands. */
export interface RegistrationStatus {
  /** `tenant.type.instance`, sanitized. */
  readonly key: string;
  /** `matrix:tenant:type:instance`. */
  readonly arn: string;
  /** One of the six states; `paused` by its owner, or `parked`: set aside until `restart`, see `advice` and `explain`. */
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
  /** What led to the state, such as `stream.ended`; null while it is outside its machine. */
  readonly enteredBy: string | null;
  /** Why the last step failed or the last stream ended; null when nothing went wrong since it became ready. */
  readonly cause: FailureCause | null;
  /** What Node or the gateway calls the cause, such as `ECONNREFUSED`. */
  readonly code: string | null;
  /** More of the cause, in words; safe to print. */
  readonly detail: string | null;
  /** Why it is `stopped`: `failed` (reconnect is off) or `shutdown` (drained or closed); null in other states. */
  readonly stopReason: StopReason | null;
  /** What happens next by itself. */
  readonly nextAction: NextAction;
  /** What carries its stream, or will carry the next one, and why. */
  readonly transport: TransportInUse;
  /** Where its token came from, such as `saved`; null before one was chosen. */
  readonly credentialSource: string | null;
  /** Whether the gateway gave it a token for its next register request. */
  readonly hasSessionToken: boolean;
  /** The gateway whose saved credentials there are while there are none of this one, such as `https://studio.example.com`; null: no such. */
  readonly otherGateway: string | null;
  /** Failed tries since the last stable uptime. */
  readonly attempt: number;
  /** The protocol's counters, by their names (docs/protocol.md, "Connection counters" and "Request counters"). */
  readonly counters: Counters & WorkFigures;
  /** Requests at hand. */
  readonly work: {
    /** Requests that run. */
    readonly running: number;
    /** Requests that wait for a place. */
    readonly queued: number;
    /** How many may run at once now: `maxConcurrentRequests`, or what was found within its bounds; 0 before a worker thread has it. */
    readonly slots: number;
    /** Results that the gateway has not confirmed. */
    readonly unconfirmed: number;
  };
  /**
   * How many successful requests took how long, each class with what it has beyond the one before: up to 1 ms, 5, 10, 25, 50, 100, 250 and
   * 500 ms, 1 s, 2.5, 5, 10 and 30 s, and longer. Empty before the first.
   */
  readonly requestDurations: readonly number[];
  /** How long the gateway took for the last heartbeat, in ms; null before one was answered. */
  readonly roundTripMs: number | null;
  /** What tells of trouble beside the state. */
  readonly signs: TroubleSigns;
  /** Events of Mooring's own that the state did not take: faults of Mooring. */
  readonly unexpectedEvents: number;
  /** Events of streams that had been given up. */
  readonly staleEvents: number;
  /** How often the registration was restarted after a fault of its own, or of its worker thread. */
  readonly restarts: number;
  /** The worker thread that hosts it, from 1; null in the runtime's own thread, or where none does. */
  readonly worker: number | null;
}

/** What became of requests (docs/protocol.md, "Request counters"); the last four are Mooring's own. */
export interface WorkFigures {
  /** Requests that came. */
  readonly requests_received: number;
  /** Requests answered with a result. */
  readonly requests_processed: number;
  /** Requests answered with an error. */
  readonly requests_failed: number;
  /** Payload bytes of requests. */
  readonly bytes_received: number;
  /** Payload bytes of results. */
  readonly bytes_sent: number;
  /** Time in handlers that returned, together, in ms. */
  readonly total_duration_ms: number;
  /** When the last request came, wall clock in ms; 0 = never. */
  readonly last_request_at_ms: number;
  /** Requests whose time was over. */
  readonly timeouts: number;
  /** Requests refused because too many waited. */
  readonly overloads: number;
  /** Requests that came again and were not run again. */
  readonly duplicates: number;
  /** Results that had to make room before the gateway had confirmed them. */
  readonly evicted: number;
}

/** A connection to the gateway. */
export interface RuntimeChannel {
  /** Its number, from 1. */
  readonly id: number;
  /** `dialling`, `ready`, `draining` or `closed`. */
  readonly state: string;
  /** Streams open on it. */
  readonly streams: number;
  /** Streams that it takes. */
  readonly capacity: number;
  /** What came on it and is no message: dropped. 0 on gRPC, where such bytes end their stream. */
  readonly unreadable: number;
  /** The worker thread whose connection it is, from 1; null: the runtime's own. */
  readonly worker: number | null;
}

/** How a runtime and its registrations stand. */
export interface RuntimeStatus {
  /** All registrations are ready (and there is at least one). */
  readonly ready: boolean;
  /** `draining` from `drain` on, `stopped` once closed. */
  readonly phase: "running" | "draining" | "stopped";
  /** The address that is dialled; of two, the one that comes first. */
  readonly gateway: string;
  /** What carries the streams, and why. */
  readonly transport: TransportInUse;
  /** All registrations, in the order they were added. */
  readonly registrations: readonly RegistrationStatus[];
  /** Connections to the gateway. */
  readonly channels: readonly RuntimeChannel[];
}

/** A registration that was not ready when `start` ended. */
export interface FailingRegistration {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** The state it is in, as `state.child`. */
  readonly state: string;
  /** Why the last step failed; null when nothing has. */
  readonly cause: FailureCause | null;
  /** What Node or the gateway calls the cause. */
  readonly code: string | null;
  /** The words of `explain`. */
  readonly explanation: string;
}

/** How `start()` ended. */
export interface StartReport {
  /** Keys of registrations that take requests. */
  readonly ready: readonly string[];
  /** Keys of registrations that wait for an administrator. */
  readonly pendingApproval: readonly string[];
  /** All others; they go on connecting. */
  readonly failing: readonly FailingRegistration[];
  /** True when the time limit came first. */
  readonly timedOut: boolean;
}

/** How `drain` ended. */
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

/** A registration that has ended, and why. */
export interface EndedRegistration {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** `shutdown`, `failed` or `removed`. */
  readonly reason: string;
  /** The last failure; null when there was none. */
  readonly cause: FailureCause | null;
  /** What Node or the gateway calls the cause. */
  readonly code: string | null;
}

/** Why everything ended; `closed` resolves with it and never rejects. */
export interface ClosedReport {
  /** Each registration and why it ended. */
  readonly registrations: readonly EndedRegistration[];
  /** Faults of Mooring itself, e.g. events of our own that a state did not expect in strict mode. */
  readonly faults: readonly Error[];
}

/** The public state of a state path: what `statePath` was given first. */
export const stateOf = (path: string): string => path.split(".", 1)[0] ?? "";

/** The few state paths there are, by state and child, so that thousands of journals share their names. */
const statePaths = new Map<string, Map<string, string>>();

/** `state.child`, or the state alone. */
export function statePath(state: string, child: string | null): string {
  if (child === null) return state;
  let below = statePaths.get(state);
  if (!below) {
    below = new Map();
    statePaths.set(state, below);
  }
  let path = below.get(child);
  if (path === undefined) {
    path = `${state}.${child}`;
    below.set(child, path);
  }
  return path;
}

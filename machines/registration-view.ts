/** A registration's snapshot as plain data: the six public states and what to say about them. Pure. */
import { readableEvent } from "./event-names.js";
import type { Failure } from "./failure.js";
import { openingDeadlineMs } from "./policy.js";
import type { CredentialSource, Standing } from "./ports.js";
import type { StopReason } from "./registration/types.js";
import type { RegistrationSnapshot } from "./registration.js";

/** The public states; always these names, in status, logs, metrics and diagrams. */
export type PublicState =
  | "connecting"
  | "awaitingRegister"
  | "streaming"
  | "credentialExchange"
  | "backoff"
  | "stopped";

/** What happens next by itself; `afterMs` counts from the entry of the state. */
export interface NextStep {
  readonly what: string;
  readonly afterMs: number | null;
}

export interface RegistrationView {
  readonly state: PublicState;
  /** The child of the state, e.g. `first`, `serving`, `refused`; null where there is none. */
  readonly child: string | null;
  readonly standing: Standing;
  /** What led here, e.g. `stream.ended`, `after backoffDelay`, `opening done`. */
  readonly event: string;
  /** Registered on the stream that is open: its end counts as a disconnect. */
  readonly driven: boolean;
  readonly accepted: number;
  readonly attempt: number;
  readonly backoffMs: number;
  readonly failure: Failure | null;
  readonly stopReason: StopReason | null;
  readonly credentialSource: CredentialSource | null;
  readonly hasSessionToken: boolean;
  readonly streamAttempt: number;
  readonly unexpectedEvents: number;
  readonly staleEvents: number;
  readonly next: NextStep;
}

type Value = string | { readonly [name: string]: Value | undefined };

/** The active path below a state value, e.g. `["linked", "streaming", "serving"]`. */
function pathOf(value: Value | undefined): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === "string") return [value];
  const [name] = Object.keys(value);
  return name === undefined ? [] : [name, ...pathOf(value[name])];
}

function connectionPath(snapshot: RegistrationSnapshot): readonly string[] {
  const value: Value = snapshot.value;
  const path = typeof value === "string" ? [] : pathOf(value.connection);
  return path[0] === "linked" ? path.slice(1) : path;
}

const standings: Readonly<Record<string, Standing>> = {
  pendingApproval: "pendingApproval",
  draining: "draining",
  handingOver: "draining",
};

function standingOf(state: PublicState, child: string | null, stopReason: StopReason | null): Standing {
  if (state === "streaming") return standings[child ?? ""] ?? (child === "moving" ? "connecting" : "serving");
  // A registration that is being removed is about to be no registration: it must not count as one that stopped.
  const setAside = stopReason === "paused" || stopReason === "removed";
  return state === "stopped" && setAside ? "paused" : state;
}

function nextStep(path: readonly string[], { context }: RegistrationSnapshot): NextStep {
  const { policy } = context;
  const [state, child, grandchild] = path;
  switch (child ?? state) {
    case "preparing":
      return { what: "gives up getting its credentials", afterMs: openingDeadlineMs(policy) };
    case "atOnce":
    case "opening":
      // The transport's own limit; the machine's deadline is only for a transport that does not keep it.
      return { what: "gives up opening the stream", afterMs: policy.connectTimeoutMs };
    case "first":
    case "again":
      return {
        what: "gives up waiting for the answer to its register request",
        afterMs: 3 * policy.connectTimeoutMs,
      };
    case "pendingApproval":
      return grandchild === "approved"
        ? { what: "registers afresh unless credentials arrive", afterMs: policy.approvalStallMs }
        : { what: "waits for approval", afterMs: null };
    case "moving":
      return { what: "changes to a fresh stream", afterMs: policy.reconnectGraceMs };
    case "draining":
      return { what: "stops when its work is done", afterMs: null };
    case "handingOver":
      return { what: "stops when the gateway has confirmed its results", afterMs: null };
    case "finishing":
      return { what: "hands its results over when its work is done", afterMs: null };
    case "exchanging":
      return { what: "swaps the one-time token for credentials", afterMs: null };
    case "waiting":
      return { what: "tries the credential exchange again", afterMs: context.exchange.delayMs };
    case "transient":
    case "refused":
      return { what: "tries again", afterMs: context.backoffMs };
    case "stopped":
      return { what: "nothing", afterMs: null };
    default:
      return { what: "goes on serving", afterMs: null };
  }
}

const publicStates: ReadonlySet<string> = new Set([
  "connecting",
  "awaitingRegister",
  "streaming",
  "credentialExchange",
  "backoff",
  "stopped",
]);

const isPublic = (state: string | undefined): state is PublicState =>
  state !== undefined && publicStates.has(state);

export function registrationView(snapshot: RegistrationSnapshot): RegistrationView {
  const path = connectionPath(snapshot);
  const [first, below = null] = path;
  const state = isPublic(first) ? first : "connecting";
  // Credentials and opening are steps of one public state; `next` tells which.
  const child = state === "connecting" ? null : below;
  const { context } = snapshot;
  const driven = state === "streaming" || state === "credentialExchange" || child === "again";
  return {
    state,
    child,
    standing: standingOf(state, child, context.stopReason),
    event: readableEvent(context.enteredBy),
    driven,
    accepted: context.accepted,
    attempt: context.attempt,
    backoffMs: context.backoffMs,
    failure: context.failure,
    stopReason: context.stopReason,
    credentialSource: context.credentialSource,
    hasSessionToken: context.hasSessionToken,
    streamAttempt: context.streamAttempt,
    unexpectedEvents: context.strays.unexpected,
    staleEvents: context.strays.stale,
    next: nextStep(path, snapshot),
  };
}

/** One of the six names. */
export const publicState = (snapshot: RegistrationSnapshot): PublicState => registrationView(snapshot).state;

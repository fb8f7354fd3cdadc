/** A registration's snapshot as plain data: the public state and what the active states say of themselves. Pure. */
import { readableEvent } from "./event-names.js";
import type { Failure } from "./failure.js";
import type { CredentialSource, Standing } from "./ports.js";
import { type PublicState, publicPathOf } from "./public-states.js";
import { registrationDelays } from "./registration/delays.js";
import { type AdviceKey, notServing, type StateMeta, type StateTag } from "./registration/state-meta.js";
import type { StopReason } from "./registration/types.js";
import type { RegistrationSnapshot } from "./registration.js";

/** What happens next by itself; `afterMs` counts from the entry of the state. */
export interface NextStep {
  /** In words, such as `tries again`. */
  readonly what: string;
  /** In ms; null: nobody knows when. */
  readonly afterMs: number | null;
}

/** A registration's snapshot as plain data. */
export interface RegistrationView {
  /** One of the six public states. */
  readonly state: PublicState;
  /** The child of the state, e.g. `first`, `serving`, `refused`; null where there is none. */
  readonly child: string | null;
  /** Where the supervisor counts it. */
  readonly standing: Standing;
  /** What holds in this state. */
  readonly tags: ReadonlySet<StateTag>;
  /** What the state means, for people. */
  readonly meaning: string;
  /** What a person may do in this state; null: nothing. */
  readonly advice: AdviceKey | null;
  /** What led here, e.g. `stream.ended`, `after backoffDelay`, `opening done`. */
  readonly event: string;
  /** Registered on the stream that is open: its end counts as a disconnect. */
  readonly registered: boolean;
  /** Register requests accepted so far. */
  readonly accepted: number;
  /** Failed tries since the last stable uptime. */
  readonly attempt: number;
  /** The wait at hand, in ms; 0 = none. */
  readonly backoffMs: number;
  /** Why the last step failed; null once accepted. */
  readonly failure: Failure | null;
  /** Why it is stopped; null in other states. */
  readonly stopReason: StopReason | null;
  /** Where the token of the register request came from; null before one was chosen. */
  readonly credentialSource: CredentialSource | null;
  /** Whether the gateway gave it a token for the next register request. */
  readonly hasSessionToken: boolean;
  /** Number of the current try to open a stream, from 1. */
  readonly streamAttempt: number;
  /** Events that their state did not take. */
  readonly unexpectedEvents: number;
  /** Events of streams that had been given up. */
  readonly staleEvents: number;
  /** What happens next by itself. */
  readonly next: NextStep;
}

/** For a state that says nothing of itself, which the compiler does not let through: it counts as nothing good. */
const unknown: StateMeta = {
  standing: "connecting",
  meaning: notServing,
  next: { what: "nothing", after: null },
};

/** Only states that can be rested in have one, and one of them is active at a time. */
const metaOf = (snapshot: RegistrationSnapshot): StateMeta =>
  Object.values<StateMeta | undefined>(snapshot.getMeta()).find((meta) => meta !== undefined) ?? unknown;

/** What follows from the state value alone. */
interface Place extends StateMeta {
  readonly state: PublicState;
  readonly child: string | null;
}

/** By state value, which charts with plans share among all snapshots that stand alike. */
const places = new WeakMap<object, Place>();

function placeOf(snapshot: RegistrationSnapshot): Place {
  const known = places.get(snapshot.value);
  if (known) return known;
  const { state, below } = publicPathOf(snapshot.value);
  const meta = metaOf(snapshot);
  const place = { ...meta, state, child: meta.isStep ? null : below };
  places.set(snapshot.value, place);
  return place;
}

/** A registration that is being removed is about to be no registration: it must not count as one that stopped. */
const isSetAside = (stopReason: StopReason | null): boolean =>
  stopReason === "paused" || stopReason === "removed";

/**
 * Reads a snapshot of {@link registrationMachine}: the public state, and what the active states say of themselves.
 *
 * @example
 * ```ts
 * import { type RegistrationActor, registrationView } from "mooring/machines";
 *
 * export const isServing = (actor: RegistrationActor) =>
 *   registrationView(actor.getSnapshot()).standing === "serving";
 * ```
 */
export function registrationView(snapshot: RegistrationSnapshot): RegistrationView {
  const { state, child, standing, meaning, next, advice = null } = placeOf(snapshot);
  const { context, tags } = snapshot;
  return {
    state,
    child,
    standing: standing === "stopped" && isSetAside(context.stopReason) ? "paused" : standing,
    tags: tags as ReadonlySet<StateTag>,
    meaning,
    advice,
    event: readableEvent(context.enteredBy),
    registered: tags.has("registered"),
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
    next: { what: next.what, afterMs: next.after && registrationDelays[next.after]({ context }) },
  };
}

/**
 * One of the six names.
 *
 * @example
 * ```ts
 * import { publicState, type RegistrationActor } from "mooring/machines";
 *
 * export const say = (actor: RegistrationActor) => console.log(publicState(actor.getSnapshot()));
 * ```
 */
export const publicState = (snapshot: RegistrationSnapshot): PublicState => registrationView(snapshot).state;

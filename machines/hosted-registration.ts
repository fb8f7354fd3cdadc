/**
 * A registration in a worker thread, as the main thread knows it: whether a thread has it, what was asked of it and
 * not done yet, and what follows when the thread is gone. The registration's own chart runs in the thread.
 *
 * There may be ten thousand, so there is no actor for each: without a context all that stand alike share one
 * snapshot, and `hostedStep` says what an event makes of it and what is to be done.
 */
import { initialTransition, type SnapshotFrom, setup, transition } from "xstate";
import { isResting, type RegistrationCommand, type Standing } from "./ports.js";
import { type AfterFailure, afterFailure, type Requested } from "./restarts.js";

/** Where it stands without a thread. */
export type RestingStanding = Extract<Standing, "paused" | "parked" | "stopped">;

/** What the chart of a hosted registration is told. */
export type HostedEvent =
  /** A command, without the key: it is the same for all. */
  | { readonly type: RegistrationCommand["type"] | "registration.start" }
  /** Its thread tells where it stands. */
  | { readonly type: "thread.reported"; readonly standing: Standing }
  | { readonly type: "thread.removed" }
  /** Its thread cannot host it. */
  | { readonly type: "thread.refused" }
  /** No thread can: it is gone, and the next would be no better. */
  | { readonly type: "thread.unusable" }
  /** It is gone in order. `standing`: as it was told last. */
  | { readonly type: "thread.ended"; readonly standing: Standing }
  | {
      readonly type: "thread.failed";
      readonly standing: Standing;
      readonly isEnding: boolean;
      readonly isTooOften: boolean;
    };

/** What whoever leads it has to do. */
export type HostedEffect =
  /** Give it to a thread. */
  | { readonly type: "assign" }
  /** Give it to the thread that takes the place of the one which failed. */
  | { readonly type: "restart" }
  /** Pass the command on to its thread. */
  | { readonly type: "forward" }
  /** It rests without a thread from now on. */
  | { readonly type: "rest"; readonly params: { readonly as: RestingStanding } }
  | { readonly type: "forget" };

/** Done by whoever leads it, who is told of it as an effect. */
const byItsLeader = () => {};

const rest = (as: RestingStanding) =>
  ({ target: `#unassigned.${as}`, actions: { type: "rest", params: { as } } }) as const;

/** What its thread's failure is judged by, besides the thread. */
interface Asked {
  readonly requested: Requested;
  readonly isResting: boolean;
}

const judged = (event: HostedEvent, asked: Asked): AfterFailure | undefined =>
  event.type === "thread.failed" ? afterFailure({ ...event, ...asked }) : undefined;

/** It ran, or was to. */
const failsRunning = (params: Asked) =>
  [
    { guard: { type: "isToStop", params }, ...rest("stopped") },
    { guard: { type: "isToBeParked", params }, ...rest("parked") },
    { guard: { type: "isToRestart", params }, target: "#running", actions: "restart" },
  ] as const;

const pausing: Asked = { requested: "pause", isResting: false };

/** Its thread is gone: it goes on resting as it did. */
const restsOn = [
  { guard: "wasPaused", target: "#unassigned.paused" },
  { guard: "wasParked", target: "#unassigned.parked" },
  { target: "#unassigned.stopped" },
] as const;

const start = { target: "#running", actions: "assign" } as const;
const remove = { target: "#removed", actions: "forget" } as const;

/** The chart of a registration in a worker thread, as the main thread knows it. */
export const hostedRegistrationMachine = setup({
  types: {
    events: {} as HostedEvent,
    meta: {} as { readonly standing: RestingStanding },
    tags: {} as "assigned",
  },
  guards: {
    rests: ({ event }) => event.type === "thread.reported" && isResting(event.standing),
    wasPaused: ({ event }) => "standing" in event && event.standing === "paused",
    wasParked: ({ event }) => "standing" in event && event.standing === "parked",
    isToStop: ({ event }, asked: Asked) => judged(event, asked) === "stop",
    isToBePaused: ({ event }, asked: Asked) => judged(event, asked) === "pause",
    isToBeParked: ({ event }, asked: Asked) => judged(event, asked) === "park",
    isToRestart: ({ event }, asked: Asked) => judged(event, asked) === "restart",
  },
  actions: {
    assign: byItsLeader,
    restart: byItsLeader,
    forward: byItsLeader,
    rest: (_, _params: { as: RestingStanding }) => {},
    forget: byItsLeader,
  },
}).createMachine({
  id: "hostedRegistration",
  description: "a registration in a worker thread, as the main thread knows it",
  initial: "added",
  states: {
    added: {
      description: "not started yet",
      on: {
        "registration.start": start,
        "registration.resume": start,
        "registration.restart": start,
        "registration.remove": remove,
      },
    },
    assigned: {
      id: "assigned",
      description: "a thread has it, or will have it in a moment",
      tags: "assigned",
      initial: "running",
      states: {
        running: {
          id: "running",
          description: "its thread runs it",
          initial: "asAsked",
          states: {
            asAsked: {
              description: "nothing else was asked",
              on: {
                "registration.pause": { target: "toPause", actions: "forward" },
                "thread.failed": failsRunning({ requested: null, isResting: false }),
              },
            },
            toPause: {
              description: "its thread was told to pause it, and has not said that it did",
              on: {
                "registration.resume": { target: "asAsked", actions: "forward" },
                "registration.restart": { target: "asAsked", actions: "forward" },
                "thread.failed": [
                  { guard: { type: "isToStop", params: pausing }, ...rest("stopped") },
                  { guard: { type: "isToBePaused", params: pausing }, ...rest("paused") },
                ],
              },
            },
          },
          on: { "thread.reported": { guard: "rests", target: "resting" } },
        },
        resting: {
          id: "resting",
          description: "its thread has it, and does not run it",
          initial: "asAsked",
          states: {
            asAsked: {
              description: "nothing else was asked",
              on: {
                "registration.resume": { target: "toRun", actions: "forward" },
                "registration.restart": { target: "toRun", actions: "forward" },
                "thread.failed": restsOn,
              },
            },
            toRun: {
              description: "its thread was told to start it, and has not said that it did",
              on: {
                "registration.pause": { target: "asAsked", actions: "forward" },
                "thread.failed": failsRunning({ requested: "start", isResting: true }),
              },
            },
          },
          on: { "thread.reported": [{ guard: "rests" }, { target: "running" }] },
        },
        leaving: {
          description: "its thread was told to remove it, and has not said that it did",
          on: {
            // It is on its way.
            "registration.remove": {},
            "thread.removed": remove,
            "thread.refused": {},
            "thread.unusable": remove,
            "thread.failed": remove,
          },
        },
      },
      on: {
        "registration.pause": { actions: "forward" },
        "registration.resume": { actions: "forward" },
        "registration.restart": { actions: "forward" },
        "registration.retryNow": { actions: "forward" },
        "registration.remove": { target: ".leaving", actions: "forward" },
        "thread.refused": rest("parked"),
        "thread.unusable": rest("parked"),
        "thread.ended": restsOn,
      },
    },
    unassigned: {
      id: "unassigned",
      description: "rests without a thread, until somebody starts it",
      initial: "stopped",
      states: {
        paused: { description: "somebody asked for it", meta: { standing: "paused" } },
        parked: {
          description: "no thread can host it, or its threads died too often",
          meta: { standing: "parked" },
        },
        stopped: { description: "everything has ended", meta: { standing: "stopped" } },
      },
      on: {
        "registration.start": start,
        "registration.resume": start,
        "registration.restart": start,
        "registration.remove": remove,
      },
    },
    removed: { id: "removed", description: "nobody knows it any more", type: "final" },
  },
});

/** Where a hosted registration stands; one snapshot for all that stand alike. */
export type HostedState = SnapshotFrom<typeof hostedRegistrationMachine>;

/** What an event makes of a hosted registration. */
export interface HostedStep {
  readonly state: HostedState;
  readonly effects: readonly HostedEffect[];
}

const states = new Map<string, HostedState>();
const steps = new Map<HostedState, Map<string, HostedStep>>();

/** The one snapshot of all that stand so. */
function shared(state: HostedState): HostedState {
  const word = JSON.stringify(state.value);
  const known = states.get(word) ?? state;
  states.set(word, known);
  return known;
}

const effectOf = ({ type, params }: { readonly type: string; readonly params?: unknown }): HostedEffect =>
  ({ type, ...(params ? { params } : {}) }) as HostedEffect;

/** Where each hosted registration begins. */
export const hostedFromStart: HostedState = shared(initialTransition(hostedRegistrationMachine)[0]);

/** Where an event leads, and what is to be done. There are few states and few events, so each is looked up once. */
export function hostedStep(state: HostedState, event: HostedEvent): HostedStep {
  const word = JSON.stringify(event);
  const fromHere = steps.get(state) ?? new Map<string, HostedStep>();
  steps.set(state, fromHere);
  const known = fromHere.get(word);
  if (known) return known;
  const [next, actions] = transition(hostedRegistrationMachine, state, event);
  const step = { state: shared(next), effects: actions.map(effectOf) };
  fromHere.set(word, step);
  return step;
}

/** Whether a thread has it. */
export const isAssigned = (state: HostedState): boolean => state.hasTag("assigned");

/** Whether its thread was told to remove it. */
export const isLeaving = (state: HostedState): boolean => state.matches({ assigned: "leaving" });

/**
 * Where the supervisor counts it; null: not there. `reported`: as its thread told last, which says nothing of now
 * while that does not answer, except that what rests goes on resting.
 */
export function hostedStanding(
  state: HostedState,
  reported: Standing,
  isThreadSilent: boolean,
): Standing | null {
  if (isAssigned(state)) return isThreadSilent && !isResting(reported) ? "connecting" : reported;
  const [meta] = Object.values(state.getMeta());
  return meta?.standing ?? null;
}

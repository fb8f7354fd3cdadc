/**
 * A worker: the place of one thread, empty until a registration needs it. Forwards commands to its thread, and
 * contains the thread's death: tells which of its registrations are to be given up, and is empty again.
 */
import {
  type ActorRefFrom,
  assign,
  emit,
  enqueueActions,
  raise,
  type SnapshotFrom,
  sendTo,
  setup,
  stateIn,
} from "xstate";
import { type ThreadCommand, type ThreadEvent, workerPorts } from "./ports.js";
import { accusedBy, faultsWithin, isTooOften } from "./restarts.js";

/** What the chart of a worker is started with. */
export interface WorkerMachineInput {
  /** From 1. */
  readonly worker: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
}

interface ThreadDeath {
  readonly at: number;
  /** Keys of the registrations whose requests were under way. */
  readonly suspects: readonly string[];
}

interface WorkerContext extends WorkerMachineInput {
  /** Deaths of its threads, within the window of `restartIntensity`. */
  readonly deaths: readonly ThreadDeath[];
}

/** What the chart of a worker is told. */
export type WorkerEvent = ThreadCommand | ThreadEvent;

/** What the chart of a worker tells when its thread is gone. */
export type WorkerEmitted =
  /** `givenUp`: who is not to be started again, because its threads die too often. */
  | {
      readonly type: "thread.failed";
      readonly isEnding: boolean;
      readonly givenUp: readonly string[] | "all";
    }
  /** `error`: it could not even be started. */
  | { readonly type: "thread.unusable"; readonly error?: unknown }
  | { readonly type: "thread.ended" };

const none: readonly string[] = [];

/** The chart of a worker, the place of one thread. */
export const workerMachine = setup({
  types: {
    input: {} as WorkerMachineInput,
    context: {} as WorkerContext,
    events: {} as WorkerEvent,
    emitted: {} as WorkerEmitted,
    children: {} as { thread: "thread" },
  },
  actors: workerPorts,
  guards: {
    isHosting: stateIn({ life: "hosting" }),
    isEnding: stateIn({ life: "ending" }),
  },
  actions: {
    forward: sendTo("thread", ({ event }) => event as ThreadCommand),
    /** Once there is a thread to take it. */
    addAgain: raise(({ event }) => event),
    countDeath: assign(({ context: { deaths, now } }, { suspects }: { suspects: readonly string[] }) => ({
      deaths: [...faultsWithin(deaths, now()), { at: now(), suspects }],
    })),
    /** Those whose requests ran at each death; if none did, all. Without them the count begins anew. */
    reportDeath: enqueueActions(({ context: { deaths }, enqueue }) => {
      const accused = isTooOften(deaths.length)
        ? accusedBy(deaths.map(({ suspects }) => suspects))
        : undefined;
      if (accused && accused.length > 0) enqueue.assign({ deaths: [] });
      const givenUp = accused?.length === 0 ? "all" : (accused ?? none);
      enqueue.emit({ type: "thread.failed", isEnding: false, givenUp });
    }),
    reportDeathAtTheEnd: emit({ type: "thread.failed", isEnding: true, givenUp: none }),
    reportUnusable: emit({ type: "thread.unusable" }),
    reportUnstartable: emit((_, { error }: { error: unknown }) => ({
      type: "thread.unusable" as const,
      error,
    })),
    reportEnd: emit({ type: "thread.ended" }),
  },
}).createMachine({
  id: "worker",
  description: "the place of one worker thread; contains its death",
  type: "parallel",
  context: ({ input }) => ({ ...input, deaths: [] }),
  states: {
    life: {
      initial: "hosting",
      states: {
        hosting: {
          description: "starts a thread when a registration needs one",
          on: { drain: "ending", stop: "ending" },
        },
        ending: { description: "drains or stops: nothing is started any more" },
      },
    },
    thread: {
      initial: "absent",
      states: {
        absent: {
          description: "no registration has needed a thread yet, or its thread is gone",
          on: { "registration.add": { guard: "isHosting", target: "present", actions: "addAgain" } },
        },
        present: {
          description: "hosts registrations",
          invoke: {
            src: "thread",
            id: "thread",
            input: ({ context }) => ({ worker: context.worker }),
            onError: {
              target: "absent",
              actions: { type: "reportUnstartable", params: ({ event }) => ({ error: event.error }) },
            },
          },
          initial: "loading",
          states: {
            loading: {
              description: "loads its module, which may take any time",
              on: { "thread.loaded": "answering" },
            },
            answering: { description: "its event loop turns", on: { "thread.silent": "silent" } },
            silent: {
              description: "its event loop does not turn: what it said last says nothing of now",
              on: { "thread.answers": "answering" },
            },
          },
          on: {
            "registration.*": { actions: "forward" },
            drain: { actions: "forward" },
            stop: { actions: "forward" },
            "thread.ended": { target: "absent", actions: "reportEnd" },
            "thread.unusable": { target: "absent", actions: "reportUnusable" },
            "thread.died": [
              { guard: "isEnding", target: "absent", actions: "reportDeathAtTheEnd" },
              {
                target: "absent",
                actions: [{ type: "countDeath", params: ({ event }) => event }, "reportDeath"],
              },
            ],
          },
        },
      },
    },
  },
});

export type WorkerActor = ActorRefFrom<typeof workerMachine>;

/** Whether its thread is there and does not answer. */
export const isSilent = (snapshot: SnapshotFrom<typeof workerMachine>): boolean =>
  snapshot.matches({ thread: { present: "silent" } });

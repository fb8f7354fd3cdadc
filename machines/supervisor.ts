/**
 * The supervisor: forwards commands to the partitions, counts where registrations stand (never more than a
 * difference per change), and leads a drain through its stages. Holds no registration itself.
 */
import { type ActorRefFrom, assign, emit, type SnapshotFrom, sendTo, setup } from "xstate";
import type {
  Movement,
  PartitionsCommand,
  PartitionsEvent,
  RegistrationCommand,
  RegistrationSpec,
  Standing,
} from "./ports.js";
import { isResting, supervisorPorts } from "./ports.js";
import { supervisorDelays } from "./supervisor-delays.js";

/** What the supervisor starts with. */
export interface SupervisorInput {
  /** Registrations in one actor system. */
  readonly partitionSize: number;
}

/** How many registrations stand where. */
export type StandingCounts = Readonly<Record<Standing, number>>;

interface SupervisorContext {
  readonly partitionSize: number;
  readonly counts: StandingCounts;
  readonly deadlineMs: number;
  readonly partitionFailures: number;
}

/** What the supervisor takes. */
export type SupervisorEvent =
  /** Host these, in this order. */
  | { readonly type: "registrations.add"; readonly specs: readonly RegistrationSpec[] }
  | RegistrationCommand
  | PartitionsEvent
  /** Take no new work, and end when what runs is done, or after `deadlineMs`. */
  | { readonly type: "drain"; readonly deadlineMs: number }
  /** End now. */
  | { readonly type: "close" };

/** What the supervisor emits. */
export type SupervisorEmitted =
  /** A partition failed, with so many registrations. */
  | { readonly type: "partition.failed"; readonly partition: number; readonly registrations: number }
  /** The port itself failed: a bug; nothing is hosted any more. */
  | { readonly type: "partitions.failed"; readonly error: unknown };

const noCounts: StandingCounts = {
  connecting: 0,
  awaitingRegister: 0,
  pendingApproval: 0,
  serving: 0,
  draining: 0,
  credentialExchange: 0,
  backoff: 0,
  stopped: 0,
  paused: 0,
  parked: 0,
};

const sum = (counts: StandingCounts, which: (standing: Standing) => boolean): number =>
  (Object.keys(counts) as Standing[]).reduce(
    (total, standing) => total + (which(standing) ? counts[standing] : 0),
    0,
  );

function moved(counts: StandingCounts, movements: readonly Movement[]): StandingCounts {
  const next = { ...counts };
  for (const { from, to } of movements) {
    if (from) next[from] -= 1;
    if (to) next[to] += 1;
  }
  return next;
}

export const totalOf = (counts: StandingCounts): number => sum(counts, () => true);
export const activeOf = (counts: StandingCounts): number => sum(counts, (standing) => !isResting(standing));

/**
 * Passes commands on to the partitions, counts where registrations stand, and leads a drain through its stages.
 *
 * @example
 * ```ts
 * import { type PartitionsCommand, supervisorMachine, supervisorPhase } from "mooring/machines";
 * import { createActor, fromCallback } from "xstate";
 *
 * const partitions = fromCallback<PartitionsCommand, { readonly partitionSize: number }>(({ receive }) => {
 *   receive((command) => console.log(command.type));
 * });
 * const machine = supervisorMachine.provide({ actors: { partitions } });
 * const supervisor = createActor(machine, { input: { partitionSize: 32 } }).start();
 * supervisor.send({ type: "drain", deadlineMs: 1_000 }); // prints "drain"
 * console.log(supervisorPhase(supervisor.getSnapshot())); // stopped: there was nothing to drain
 * ```
 */
export const supervisorMachine = setup({
  types: {
    input: {} as SupervisorInput,
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    emitted: {} as SupervisorEmitted,
    children: {} as { partitions: "partitions" },
  },
  actors: supervisorPorts,
  delays: supervisorDelays,
  guards: {
    isAllQuiet: ({ context }) => activeOf(context.counts) === 0,
    isAllStopped: ({ context }) =>
      context.counts.stopped > 0 && context.counts.stopped === totalOf(context.counts),
  },
  actions: {
    forward: sendTo("partitions", ({ event }) => event as PartitionsCommand),
    count: assign(({ context }, params: { movements: readonly Movement[] }) => ({
      counts: moved(context.counts, params.movements),
    })),
    keepDeadline: assign((_, params: { deadlineMs: number }) => ({ deadlineMs: params.deadlineMs })),
    tellDrain: sendTo("partitions", ({ context }) => ({ type: "drain", deadlineMs: context.deadlineMs })),
    tellCancel: sendTo("partitions", { type: "cancel" }),
    tellStop: sendTo("partitions", { type: "stop" }),
    countFailure: assign(({ context }) => ({ partitionFailures: context.partitionFailures + 1 })),
    reportPortFailure: emit((_, params: { error: unknown }) => ({
      type: "partitions.failed" as const,
      ...params,
    })),
    reportFailure: emit((_, params: { partition: number; registrations: number }) => ({
      type: "partition.failed" as const,
      ...params,
    })),
  },
}).createMachine({
  id: "supervisor",
  description: "counts, commands, drain",
  context: ({ input }) => ({
    partitionSize: input.partitionSize,
    counts: noCounts,
    deadlineMs: 0,
    partitionFailures: 0,
  }),
  initial: "active",
  states: {
    // One invoke for everything that needs the partitions.
    active: {
      description: "the partitions are there",
      invoke: {
        src: "partitions",
        id: "partitions",
        input: ({ context }) => ({ partitionSize: context.partitionSize }),
        onError: {
          target: "stopped",
          actions: { type: "reportPortFailure", params: ({ event }) => ({ error: event.error }) },
        },
      },
      initial: "running",
      states: {
        running: {
          description: "passes commands on and counts",
          on: {
            "registrations.add": { actions: "forward" },
            "registration.remove": { actions: "forward" },
            "registration.pause": { actions: "forward" },
            "registration.resume": { actions: "forward" },
            "registration.restart": { actions: "forward" },
            "registration.retryNow": { actions: "forward" },
            drain: { target: "draining", actions: { type: "keepDeadline", params: ({ event }) => event } },
          },
          // With reconnect off, registrations end by themselves; when the last has, so has the runtime.
          always: { guard: "isAllStopped", target: "#supervisor.stopped" },
        },
        draining: {
          description: "leads a drain through its stages",
          initial: "quiesce",
          states: {
            quiesce: {
              description: "tells all to take no new work",
              entry: "tellDrain",
              always: "finishing",
            },
            finishing: { description: "running work finishes", after: { finishingLimit: "cancelling" } },
            cancelling: {
              description: "running handlers are aborted",
              entry: "tellCancel",
              after: { cancellingLimit: "forced" },
            },
            forced: {
              description: "all are stopped, whatever is left",
              entry: "tellStop",
              after: { stopLimit: "#supervisor.stopped" },
            },
          },
          always: { guard: "isAllQuiet", target: "#supervisor.stopped" },
          on: {
            "registration.retryNow": { actions: "forward" },
            "registration.remove": { actions: "forward" },
          },
        },
        closing: {
          description: "all are stopped at once",
          entry: "tellStop",
          always: { guard: "isAllQuiet", target: "#supervisor.stopped" },
          after: { stopLimit: "#supervisor.stopped" },
        },
      },
      on: {
        close: ".closing",
        "registrations.moved": { actions: { type: "count", params: ({ event }) => event } },
        "partition.failed": {
          actions: [
            "countFailure",
            {
              type: "reportFailure",
              params: ({ event }) => ({ partition: event.partition, registrations: event.registrations }),
            },
          ],
        },
        "registrations.add": {},
        "registration.*": {},
        drain: {},
      },
    },
    stopped: { description: "nothing is hosted any more", type: "final" },
  },
});

/** A running {@link supervisorMachine}. */
export type SupervisorActor = ActorRefFrom<typeof supervisorMachine>;
/** The state of a {@link supervisorMachine}. */
export type SupervisorSnapshot = SnapshotFrom<typeof supervisorMachine>;

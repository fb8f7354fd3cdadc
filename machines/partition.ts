/**
 * A partition: the root of one actor system with at most a few dozen registrations. Starts, stops and
 * contains them: one that fails unexpectedly is started again, with bounded intensity, then parked.
 * The others never notice.
 */
import { assign, enqueueActions, raise, setup } from "xstate";
import type { PartitionsCommand, RegistrationSpec } from "./ports.js";
import type { RegistrationOutput } from "./registration/types.js";
import { type RegistrationActor, registrationMachine } from "./registration.js";
import { afterFailure, isTooOften, type Requested, restartIntensity } from "./restarts.js";

interface Member {
  readonly spec: RegistrationSpec;
  /** Its place in this partition, from 1; the child's id is made of it. */
  readonly slot: number;
  readonly actor: RegistrationActor | null;
  /** Faults within the window. */
  readonly faults: number;
  /** What follows when its machine has ended, because somebody asked for it. */
  readonly requested: Requested;
  readonly streamAttempt: number;
}

/** What a partition starts with. */
export interface PartitionInput {
  /** Its number. */
  readonly partition: number;
  /** Jitter, in [0, 1). */
  readonly random: () => number;
}

/** By key. A map, because V8 (Node 20) makes a hidden class of its own for each object with keys of its own. */
type Members = ReadonlyMap<string, Member>;

interface PartitionContext extends PartitionInput {
  readonly members: Members;
}

/** What a partition takes. */
export type PartitionEvent =
  | Exclude<PartitionsCommand, { readonly type: "registrations.add" }>
  /** Take it in and start it. */
  | { readonly type: "registration.add"; readonly spec: RegistrationSpec }
  /** Take it in without starting it: `registration.resume` does that. */
  | { readonly type: "registration.keep"; readonly spec: RegistrationSpec }
  /** A fault is older than the window. */
  | { readonly type: "fault.forgiven"; readonly key: string }
  /** A registration has failed. */
  | { readonly type: `xstate.error.actor.${string}`; readonly error: unknown; readonly actorId: string }
  /** A registration has ended. */
  | {
      readonly type: `xstate.done.actor.${string}`;
      readonly output: RegistrationOutput;
      readonly actorId: string;
    };

/** What a partition tells of its registrations; `key` names the one. */
export type PartitionEmitted =
  /** One was started. */
  | { readonly type: "registration.started"; readonly key: string; readonly actor: RegistrationActor }
  /** One has ended. */
  | {
      readonly type: "registration.ended";
      readonly key: string;
      readonly output: RegistrationOutput;
      readonly forgotten: boolean;
    }
  /** One failed by a fault of its own; `parked`: it was started again too often, and is set aside. */
  | {
      readonly type: "registration.failed";
      readonly key: string;
      /** What failed, with the children that it left running. */
      readonly actor: RegistrationActor | null;
      readonly error: unknown;
      readonly parked: boolean;
    };

/**
 * From few, whatever the keys are and however often a registration starts: XState remembers for ever what it has
 * looked up for each type of event, and an actor's end is an event of a type of its own. Viewers add the key.
 */
const childId = (slot: number): string => `~${slot}`;

const memberOf = (context: PartitionContext, id: string): [string, Member] | undefined =>
  [...context.members].find(([, member]) => childId(member.slot) === id);

/** The child's own count, which goes on with its successor. */
const attemptOf = (member: Member): number =>
  member.actor?.getSnapshot().context.streamAttempt ?? member.streamAttempt;

function freeSlot(members: Members): number {
  let highest = 0;
  for (const { slot } of members.values()) if (slot > highest) highest = slot;
  // No gap, as long as nobody has left.
  if (highest === members.size) return highest + 1;
  const taken = new Set([...members.values()].map(({ slot }) => slot));
  let slot = 1;
  while (taken.has(slot)) slot += 1;
  return slot;
}

const newMember = (members: Members, spec: RegistrationSpec): Member => ({
  spec,
  slot: freeSlot(members),
  actor: null,
  faults: 0,
  requested: null,
  streamAttempt: 0,
});

const withMember = (members: Members, key: string, member: Member): Members =>
  new Map(members).set(key, member);

const without = (members: Members, key: string): Members => {
  const rest = new Map(members);
  rest.delete(key);
  return rest;
};

/** What becomes of a member that ran, and failed for the so-many-th time. */
const fate = ({ requested }: Member, faults: number, mayRestart: boolean) =>
  afterFailure({
    requested,
    isResting: false,
    isEnding: false,
    isTooOften: !mayRestart || isTooOften(faults),
  });

const onFailure = (restart: boolean) =>
  [
    { guard: "wasToEnd", actions: "letGoFailed" },
    { actions: { type: "contain", params: { restart } } },
  ] as const;

/**
 * Hosts a few dozen registrations in one actor system, and starts again what has failed.
 *
 * @example
 * ```ts
 * import { partitionMachine, registrationMachine } from "mooring/machines";
 * import { createActor } from "xstate";
 *
 * // `provide` gives the registrations their ports.
 * const machine = partitionMachine.provide({ actors: { registration: registrationMachine } });
 * const partition = createActor(machine, { input: { partition: 1, random: Math.random } });
 * partition.on("registration.failed", ({ key, error }) => console.error(key, error));
 * ```
 */
export const partitionMachine = setup({
  types: {
    input: {} as PartitionInput,
    context: {} as PartitionContext,
    events: {} as PartitionEvent,
    emitted: {} as PartitionEmitted,
  },
  actors: { registration: registrationMachine },
  delays: { faultWindow: restartIntensity.windowMs },
  guards: {
    isNew: ({ context }, params: { key: string }) => !context.members.has(params.key),
    isIdle: ({ context }, params: { key: string }) => context.members.get(params.key)?.actor === null,
    wasToEnd: ({ context, event }) => {
      const [, member] = "error" in event ? (memberOf(context, event.actorId) ?? []) : [];
      return member !== undefined && ["remove", "pause"].includes(fate(member, 0, true));
    },
    isLive: ({ context }, params: { key: string }) => Boolean(context.members.get(params.key)?.actor),
  },
  actions: {
    /** Nobody is there to say farewell: it was paused, parked, or had stopped. */
    reportForgotten: enqueueActions(({ context, enqueue }, params: { key: string }) => {
      const member = context.members.get(params.key);
      if (!member) return;
      const { streamAttempt } = member;
      const output = { key: params.key, reason: "removed", failure: null, streamAttempt } as const;
      enqueue.emit({ type: "registration.ended", key: params.key, output, forgotten: true });
    }),
    admit: assign(({ context: { members } }, params: { spec: RegistrationSpec }) => ({
      members: withMember(members, params.spec.key, newMember(members, params.spec)),
    })),
    /** Starts a member, also one that is not admitted yet: XState copies the snapshot at each assignment. */
    launch: assign(({ context, spawn }, { member }: { member: Member | undefined }) => {
      if (!member) return {};
      const { spec, slot, streamAttempt } = member;
      const actor = spawn("registration", {
        id: childId(slot),
        input: { random: context.random, streamAttempt, ...spec },
      });
      return { members: withMember(context.members, spec.key, { ...member, actor, requested: null }) };
    }),
    announce: enqueueActions(({ context, enqueue }, params: { key: string }) => {
      const actor = context.members.get(params.key)?.actor;
      if (actor) enqueue.emit({ type: "registration.started", key: params.key, actor });
    }),
    dismiss: enqueueActions(
      ({ context, enqueue }, params: { key: string; requested: Requested; reason: "paused" | "removed" }) => {
        const member = context.members.get(params.key);
        if (!member) return;
        enqueue.assign({
          members: withMember(context.members, params.key, { ...member, requested: params.requested }),
        });
        if (member.actor) enqueue.sendTo(member.actor, { type: "stop", reason: params.reason });
      },
    ),
    forget: assign(({ context }, params: { key: string }) => ({
      members: without(context.members, params.key),
    })),
    retryNow: enqueueActions(({ context, enqueue }, params: { key: string }) => {
      const actor = context.members.get(params.key)?.actor;
      if (actor) enqueue.sendTo(actor, { type: "retry.now" });
    }),
    tellAll: enqueueActions(
      (
        { context, enqueue },
        params:
          | { type: "drain"; deadlineMs: number }
          | { type: "work.cancel" }
          | { type: "stop"; reason: "shutdown" },
      ) => {
        for (const { actor } of context.members.values()) if (actor) enqueue.sendTo(actor, params);
      },
    ),
    /** A child ended by itself or on command: let go of it, then what was planned. */
    letGo: enqueueActions(({ context, event, enqueue }) => {
      if (!("output" in event)) return;
      const found = memberOf(context, event.actorId);
      if (!found) return;
      const [key, member] = found;
      const { requested } = member;
      const forgotten = requested === "remove";
      enqueue.stopChild(event.actorId);
      const rest = { ...member, actor: null, requested: null, streamAttempt: event.output.streamAttempt };
      enqueue.assign({
        members: forgotten ? without(context.members, key) : withMember(context.members, key, rest),
      });
      enqueue.emit({ type: "registration.ended", key, output: event.output, forgotten });
      if (requested === "start") enqueue.raise({ type: "registration.resume", key });
    }),
    /** A child failed while it ended as asked: it has ended, and no new start undoes what was asked for. */
    letGoFailed: enqueueActions(({ context, event, enqueue }) => {
      if (!("error" in event)) return;
      const found = memberOf(context, event.actorId);
      if (!found) return;
      const [key, member] = found;
      const streamAttempt = attemptOf(member);
      const forgotten = member.requested === "remove";
      const rest = { ...member, actor: null, requested: null, streamAttempt };
      const output = { key, reason: forgotten ? "removed" : "paused", failure: null, streamAttempt } as const;
      enqueue.stopChild(event.actorId);
      enqueue.assign({
        members: forgotten ? without(context.members, key) : withMember(context.members, key, rest),
      });
      enqueue.emit({
        type: "registration.failed",
        key,
        actor: member.actor,
        error: event.error,
        parked: false,
      });
      enqueue.emit({ type: "registration.ended", key, output, forgotten });
    }),
    /** A child failed: it starts again, or is parked. */
    contain: enqueueActions(({ context, event, enqueue }, params: { restart: boolean }) => {
      if (!("error" in event)) return;
      const found = memberOf(context, event.actorId);
      if (!found) return;
      const [key, member] = found;
      enqueue.stopChild(event.actorId);
      const streamAttempt = attemptOf(member);
      const faults = member.faults + 1;
      const parked = fate(member, faults, params.restart) !== "restart";
      const rest = { ...member, actor: null, requested: null, faults, streamAttempt };
      enqueue.assign({ members: withMember(context.members, key, rest) });
      enqueue.raise(
        { type: "fault.forgiven", key },
        { delay: "faultWindow", id: `${event.actorId}:forgiven` },
      );
      enqueue.emit({ type: "registration.failed", key, actor: member.actor, error: event.error, parked });
      if (!parked) enqueue.raise({ type: "registration.resume", key });
    }),
    resume: raise((_, params: { key: string }) => ({
      type: "registration.resume" as const,
      key: params.key,
    })),
    forgive: assign(({ context }, params: { key: string }) => {
      const member = context.members.get(params.key);
      if (!member) return {};
      return {
        members: withMember(context.members, params.key, {
          ...member,
          faults: Math.max(0, member.faults - 1),
        }),
      };
    }),
  },
}).createMachine({
  id: "partition",
  description: "the root of one actor system with some registrations; contains their faults",
  context: ({ input }) => ({ members: new Map(), ...input }),
  initial: "hosting",
  states: {
    hosting: {
      description: "starts, stops and contains registrations",
      on: {
        "registration.add": {
          guard: { type: "isNew", params: ({ event }) => ({ key: event.spec.key }) },
          actions: [
            {
              type: "launch",
              params: ({ context: { members }, event: { spec } }) => ({ member: newMember(members, spec) }),
            },
            { type: "announce", params: ({ event }) => event.spec },
          ],
        },
        "registration.keep": {
          guard: { type: "isNew", params: ({ event }) => ({ key: event.spec.key }) },
          actions: { type: "admit", params: ({ event }) => event },
        },
        "registration.pause": {
          actions: {
            type: "dismiss",
            params: ({ event }) => ({ key: event.key, requested: "pause", reason: "paused" }),
          },
        },
        "registration.resume": {
          guard: { type: "isIdle", params: ({ event }) => event },
          actions: [
            {
              type: "launch",
              params: ({ context: { members }, event: { key } }) => ({ member: members.get(key) }),
            },
            { type: "announce", params: ({ event }) => event },
          ],
        },
        "registration.restart": [
          {
            guard: { type: "isLive", params: ({ event }) => event },
            actions: {
              type: "dismiss",
              params: ({ event }) => ({ key: event.key, requested: "start", reason: "paused" }),
            },
          },
          { actions: { type: "resume", params: ({ event }) => ({ key: event.key }) } },
        ],
        drain: { target: "ending", actions: { type: "tellAll", params: ({ event }) => event } },
        "xstate.error.actor.*": onFailure(true),
      },
    },
    ending: {
      description: "drains or stops: nothing is started any more",
      on: {
        "xstate.error.actor.*": onFailure(false),
      },
    },
  },
  on: {
    "registration.remove": [
      {
        guard: { type: "isLive", params: ({ event }) => event },
        actions: {
          type: "dismiss",
          params: ({ event }) => ({ key: event.key, requested: "remove", reason: "removed" }),
        },
      },
      {
        actions: [
          { type: "reportForgotten", params: ({ event }) => event },
          { type: "forget", params: ({ event }) => event },
        ],
      },
    ],
    "registration.retryNow": { actions: { type: "retryNow", params: ({ event }) => event } },
    cancel: { actions: { type: "tellAll", params: { type: "work.cancel" } } },
    stop: { target: ".ending", actions: { type: "tellAll", params: { type: "stop", reason: "shutdown" } } },
    "fault.forgiven": { actions: { type: "forgive", params: ({ event }) => event } },
    "xstate.done.actor.*": { actions: "letGo" },
  },
});

/** Mooring's machines, with children that do what the test says, and what they may be told. */
import {
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  assign,
  setup,
} from "xstate";
import { credentialsMachine } from "../../machines/credentials.js";
import { failureOf } from "../../machines/failure.js";
import { hostedRegistrationMachine } from "../../machines/hosted-registration.js";
import { livenessMachine } from "../../machines/liveness.js";
import { mcpServerMachine } from "../../machines/mcp-server.js";
import { partitionMachine } from "../../machines/partition.js";
import { type RegistrationSnapshot, registrationMachine } from "../../machines/registration.js";
import { socketMachine } from "../../machines/socket.js";
import { supervisorMachine } from "../../machines/supervisor.js";
import { transportChoiceMachine } from "../../machines/transport-choice.js";
import { workerMachine } from "../../machines/worker.js";
import { planned } from "../../src/chart-plan/planned.js";
import { eventsOf, policy } from "../machines/paths.js";
import type { Chance, Subject } from "./both-ways.js";
import { puppet } from "./puppet.js";

const failures = [
  failureOf("connection-lost"),
  failureOf("server-closed"),
  failureOf("unreachable"),
  failureOf("tls"),
  failureOf("register-refused"),
  failureOf("credentials-refused"),
  failureOf("credentials-unavailable"),
  failureOf("credentials-exchange-failed"),
  failureOf("one-time-token-consumed"),
  failureOf("identity-refused", { code: "UNAUTHENTICATED" }, true),
];
const keys = ["acme.echo.one", "acme.echo.two", "acme.echo.three"];
const standings = [
  "connecting",
  "pendingApproval",
  "serving",
  "backoff",
  "draining",
  "stopped",
  "paused",
  "parked",
];
const sources = ["anonymous", "saved", "mounted-key", "one-time-token"];
const ways = ["gRPC", "WebSocket"];

/** What a call of any port may come to. */
function output(chance: Chance): unknown {
  const failure = chance.isHit(0.1) ? null : chance.of(failures);
  if (chance.isHit(0.4)) return { ok: false, failure, again: chance.isHit(0.6) };
  const value = {
    handle: "handle",
    credentialSource: chance.of(sources),
    hasSessionToken: chance.isHit(0.3),
    source: chance.of(sources),
    next: chance.of(["use", "registerKey", "mint"]),
    renewInMs: 100,
    freshForMs: 10,
  };
  return { ok: true, value };
}

const fault = new Error("of the event");
const specs = keys.map((key) => ({ key, policy }));
const movements = [...standings, null].flatMap((from) => [...standings, null].map((to) => ({ from, to })));

const number = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

/** Every field that some event of a machine has. */
function fields(chance: Chance, { context = {} }: Partial<AnyMachineSnapshot>): object {
  return {
    streamAttempt: chance.isHit(0.8) ? number(context.streamAttempt, 1) : 0,
    failure: chance.of(failures),
    status: chance.of(["approved", "approved", "pending", "pending", "rejected", "unspecified", "other"]),
    hasSessionToken: chance.isHit(0.3),
    offerId: chance.of(["offer", "offer", null]),
    addressee: chance.of(["own", "none", "other"]),
    shouldReconnect: chance.isHit(0.3),
    sinceAnswerMs: 36_000,
    deadlineMs: 77_000,
    reason: chance.of(["shutdown", "removed", "paused"]),
    event: "stream.ended",
    source: chance.of(sources),
    unconfirmed: chance.whole(2),
    key: chance.of(keys),
    spec: chance.of(specs),
    specs,
    movements: [chance.of(movements)],
    partition: 1,
    registrations: 2,
    way: chance.of(ways),
    round: chance.isHit(0.8) ? number(context.round, 0) : 0,
    hasOpened: chance.isHit(0.4),
    instead: chance.of([null, { cause: "unreachable" }]),
    standing: chance.of(standings),
    detail: "of the test",
    suspects: chance.of([[], keys.slice(0, 1), keys]),
    output: output(chance),
    error: fault,
  };
}

const allNodes = (node: AnyStateNode): readonly AnyStateNode[] => [
  node,
  ...Object.values(node.states).flatMap(allNodes),
];

const allTypes = new WeakMap<AnyStateMachine, readonly string[]>();

function typesOf(machine: AnyStateMachine): readonly string[] {
  const types = allTypes.get(machine) ?? [
    ...new Set(allNodes(machine.root).flatMap((node) => [...node.transitions.keys()])),
  ];
  allTypes.set(machine, types);
  return types;
}

const ends = new Set(["stop", "drain", "close", "leave", "line.ended", "drain.expired", "thread.removed"]);

const wild = ["registration.remove", "registration.pause", "registration.add", "nobody.knows"];

function event(chance: Chance, snapshot: AnyMachineSnapshot): AnyEventObject {
  const { _nodes: nodes, machine } = snapshot;
  // What may come to a registration where it stands leads deeper than what chance makes of fields.
  if (machine.id === "registration" && chance.isHit(0.6)) {
    const { type, ...rest } = chance.of<AnyEventObject>(eventsOf(snapshot as RegistrationSnapshot)) ?? {};
    if (type !== undefined && !(type === "stop" && chance.isHit(0.9))) return { type, ...rest };
  }
  // Deep states as often as those around them.
  const here = [
    ...(chance.of(
      nodes.filter(({ transitions }) => transitions.size > 0).map((node) => node.transitions.keys()),
    ) ?? []),
  ];
  const all = typesOf(machine);
  const candidates = chance.isHit(0.85) && here.length > 0 ? here : [...all, "nobody.knows"];
  const descriptor = chance.of(candidates) ?? "nobody.knows";
  // What XState itself would say comes about by timers and children, mostly.
  const isOwn = descriptor.startsWith("xstate.") && chance.isHit(0.8);
  const type = isOwn ? chance.of(candidates) : descriptor;
  // Rarely: nothing much comes after those.
  if (ends.has(type) && chance.isHit(0.8)) return { type: "nobody.knows" };
  return { type: concrete(chance, type, snapshot), ...fields(chance, snapshot), ...actorIn(type, snapshot) };
}

/** Of children, such events name one. */
function actorIn(type: string, { children }: AnyMachineSnapshot): object {
  if (!type.includes(".actor.")) return {};
  const [first = "nobody"] = Object.keys(children);
  return { actorId: type.endsWith("*") ? first : type.split(".").at(-1) };
}

function concrete(chance: Chance, descriptor: string, { children }: AnyMachineSnapshot): string {
  if (!descriptor.includes("*")) return descriptor;
  if (descriptor.includes(".actor.")) return descriptor.replace("*", Object.keys(children)[0] ?? "nobody");
  return chance.of(wild);
}

type Way = <Machine extends AnyStateMachine>(machine: Machine) => Machine;

/** Of a child: it has a parent that hears it, and starts it anew when it has ended. */
function parentOf(child: AnyStateMachine, input: unknown): AnyStateMachine {
  return setup({
    actors: { child },
    types: { context: {} as { heard: readonly unknown[] } },
    actions: { note: assign(({ context, event }) => ({ heard: [...context.heard, event].slice(-3) })) },
  }).createMachine({
    id: "parent",
    context: { heard: [] },
    initial: "with",
    states: {
      with: {
        invoke: { src: "child", id: "child", input: input as never },
        on: { "*": { actions: "note" }, again: { target: "with", reenter: true } },
      },
    },
  });
}

const ports = (machine: AnyStateMachine): object =>
  Object.fromEntries(Object.keys(machine.implementations.actors).map((name) => [name, puppet]));

/** With ports that do what the test says. */
const provided = (machine: AnyStateMachine, further: object = {}): AnyStateMachine =>
  machine.provide({ actors: { ...ports(machine), ...further } } as never);

const socketPolicy = {
  connectTimeoutMs: 1,
  joinTimeoutMs: 2,
  beatIntervalMs: 3,
  beatTimeoutMs: 4,
  leaveTimeoutMs: 5,
};

interface Made {
  readonly name: string;
  readonly make: (way: Way) => AnyStateMachine;
  readonly input?: (chance: Chance) => unknown;
  readonly isRestored?: boolean;
}

const credentialsInput = (chance: Chance) => ({
  key: "acme.echo.one",
  policy,
  random: chance.next,
  offerId: null,
  renew: false,
});

const ownRegistration = (way: Way) =>
  way(
    provided(registrationMachine, {
      credentials: way(provided(credentialsMachine)),
      liveness: way(livenessMachine),
    }),
  );

const made: readonly Made[] = [
  {
    name: "registration",
    make: (way) => way(provided(registrationMachine)),
    input: (chance) => ({ key: "acme.echo.one", policy, random: chance.next }),
    isRestored: true,
  },
  {
    name: "registration with its machines",
    make: ownRegistration,
    input: (chance) => ({ key: "acme.echo.one", policy, random: chance.next }),
    isRestored: true,
  },
  {
    name: "credentials",
    make: (way) =>
      way(parentOf(way(provided(credentialsMachine)), credentialsInput({ next: () => 0.5 } as Chance))),
    isRestored: true,
  },
  {
    name: "liveness",
    make: (way) => way(parentOf(way(livenessMachine), { intervalMs: 30, suspectMs: 5, remainingMs: 15 })),
    isRestored: true,
  },
  {
    name: "partition",
    make: (way) => way(provided(partitionMachine, { registration: ownRegistration(way) })),
    input: (chance) => ({ partition: 1, random: chance.next }),
  },
  {
    name: "supervisor",
    make: (way) => way(provided(supervisorMachine)),
    input: () => ({ partitionSize: 4 }),
  },
  { name: "worker", make: (way) => way(provided(workerMachine)), input: () => ({ worker: 1, now: () => 0 }) },
  { name: "hosted registration", make: (way) => way(provided(hostedRegistrationMachine)) },
  { name: "socket", make: (way) => way(provided(socketMachine)), input: () => ({ policy: socketPolicy }) },
  { name: "transport choice", make: (way) => way(provided(transportChoiceMachine)), isRestored: true },
  {
    name: "MCP server",
    make: (way) => way(provided(mcpServerMachine)),
    input: (chance) => ({
      policy: { startTimeoutMs: 1, answerTimeoutMs: 2, stableMs: 3, backoff: policy.backoff },
      random: chance.next,
    }),
    isRestored: true,
  },
];

export const ownSubjects: readonly Subject[] = made.map(({ make, ...rest }) => ({
  ...rest,
  plain: make((machine) => machine),
  planned: make(planned),
  event,
  output,
}));

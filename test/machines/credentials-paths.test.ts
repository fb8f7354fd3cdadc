import { afterAll, describe, expect, it } from "vitest";
import type { AnyStateMachine, AnyTransitionDefinition, InspectionEvent } from "xstate";
import { chartOf } from "../../machines/chart.js";
import { credentialsMachine } from "../../machines/credentials.js";
import { type Failure, failureOf } from "../../machines/failure.js";
import { defaultPolicy } from "../../machines/policy.js";
import { transitionKey } from "../../machines/transition-key.js";
import { type CredentialsRig, createCredentialsRig, placeIn } from "./credentials-rig.js";
import { pathsOverEveryEdge } from "./every-edge.js";
import { settle } from "./rig.js";

interface GraphEvent {
  readonly type: string;
  readonly output?: unknown;
}
/** What of a snapshot the graph is about. */
interface Snapshot {
  readonly status: string;
  readonly value: string | Record<string, unknown>;
  readonly context: { readonly tries: number; readonly isNewClient: boolean; readonly source: string };
  readonly _nodes: readonly { readonly id: string }[];
}
const done = (actor: string, output: unknown): GraphEvent => ({ type: `xstate.done.actor.${actor}`, output });
const failed = (actor: string): GraphEvent => ({ type: `xstate.error.actor.${actor}` });
const after = (delay: string, place: string): GraphEvent => ({
  type: `xstate.after.${delay}.credentials.${place}`,
});
const fails = (failure: Failure, again: boolean) => ({ ok: false, failure, again });

const callEnds = (actor: "register" | "mint"): GraphEvent[] => [
  done(actor, { ok: true, value: actor === "mint" ? { renewInMs: 50_000, freshForMs: 50_000 } : null }),
  done(actor, fails(failureOf("credentials-unavailable"), true)),
  done(actor, fails(failureOf("credentials-unavailable"), false)),
  done(actor, fails(failureOf("credentials-refused"), false)),
  done(actor, fails(failureOf("one-time-token-consumed"), false)),
  failed(actor),
];

function eventsOf(snapshot: Snapshot): GraphEvent[] {
  const place = placeIn(snapshot.value);
  const budget = place.startsWith("minting.") ? [after("mintBudget", "minting")] : [];
  switch (place) {
    case "finding":
      return [
        ...(["use", "registerKey", "mint"] as const).map((next) =>
          done("find", { ok: true, value: { source: "saved", next } }),
        ),
        done("find", fails(failureOf("credentials-unavailable"), false)),
        failed("find"),
        after("callDeadline", place),
      ];
    case "registering.calling":
      return [...callEnds("register"), after("callDeadline", place)];
    case "minting.calling":
    case "renewing.calling":
      return [...callEnds("mint"), after("callDeadline", place), ...budget];
    case "registering.waiting":
    case "minting.waiting":
    case "renewing.waiting":
      return [after("stepDelay", place), ...budget];
    case "valid":
      return [after("renewal", place)];
    case "unavailable":
    case "refused":
      return [after("roundDelay", place)];
    default:
      return [];
  }
}

const wordOf = ({ value, status, context }: Snapshot) =>
  JSON.stringify([value, status, context.tries, context.isNewClient]);

const silent = () => {};
/** Without a parent to tell. */
const alone: AnyStateMachine = credentialsMachine.provide({
  actions: { tellReady: silent, tellFailed: silent, tellRetrying: silent },
});
const input = { key: "k", policy: defaultPolicy, random: () => 0, offerId: null, renew: false };

const { connectTimeoutMs } = defaultPolicy;
const timers: Readonly<Record<string, (rig: CredentialsRig) => number>> = {
  callDeadline: () => 4 * connectTimeoutMs,
  mintBudget: () => 3 * connectTimeoutMs,
  stepDelay: ({ context }) => context.delayMs,
  roundDelay: ({ context }) => context.delayMs,
  renewal: ({ context }) => context.renewInMs,
};

async function perform(rig: CredentialsRig, { type, output }: GraphEvent): Promise<void> {
  const [, kind, name = "", actor] = type.split(".");
  if (kind === "after") {
    if (!rig.clock.fire(timers[name]?.(rig) ?? -1)) throw new Error(`No timer ${name} in ${rig.place}.`);
    return;
  }
  const calls = { find: rig.finds, register: rig.registers, mint: rig.mints }[actor ?? ""] ?? [];
  if (kind === "error") calls.at(-1)?.reject(new Error("port"));
  else calls.at(-1)?.resolve(output as never);
  await settle();
}

const taken = new Set<string>();
const note = (event: InspectionEvent) => {
  if (event.type !== "@xstate.microstep") return;
  // The inspection event's type leaves out what a transition definition has at run time.
  for (const step of event._transitions as readonly AnyTransitionDefinition[])
    if (step.source?.id.startsWith("credentials")) taken.add(transitionKey(step));
};

describe("paths of the credentials machine", () => {
  const all = pathsOverEveryEdge<GraphEvent, Snapshot>(alone, { input, eventsOf, wordOf });

  it("lead on the real machine where the graph says, over every state and edge", async () => {
    expect(all.length).toBeGreaterThan(60);
    for (const path of all) {
      const rig = createCredentialsRig({ inspect: note });
      for (const { event, state } of path) {
        await perform(rig, event);
        const words = [rig.snapshot, state].map((one) => wordOf(one as unknown as Snapshot));
        expect(words[0], path.map(({ event: { type } }) => type).join(", ")).toBe(words[1]);
      }
      rig.actor.stop();
      expect([rig.errors, rig.clock.size]).toEqual([[], 0]);
    }
  });

  it("reach every state", () => {
    const reached = new Set(
      all.flatMap((path) => path.flatMap(({ state }) => state._nodes.map(({ id }) => id))),
    );
    const missing = chartOf(credentialsMachine).filter(({ id }) => !reached.has(id));
    expect(missing.map(({ id }) => id)).toEqual([]);
  });
});

afterAll(() => {
  const all = chartOf(credentialsMachine).flatMap(({ transitions }) => transitions.map(({ key }) => key));
  expect(all.filter((key) => !taken.has(key))).toEqual([]);
});

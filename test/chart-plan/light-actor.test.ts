/** What can be done to a child from outside, which a chart does not do: the same with a planned parent. */
import { describe, expect, it } from "vitest";
import {
  type ActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  type AnyEventObject,
  type AnyStateMachine,
  createActor,
  createMachine,
  type Snapshot,
  stopChild,
} from "xstate";
import { planned } from "../../src/chart-plan/planned.js";

type State = Snapshot<unknown> & { readonly at?: number };

/** Does with its scope what it is sent. */
function child(told: unknown[]): ActorLogic<State, AnyEventObject> {
  return {
    transition: (snapshot, event, { defer, emit, self, stopChild: stop }: AnyActorScope) => {
      if (event.type === "xstate.stop") return { ...snapshot, status: "stopped" } as State;
      if (event.type === "move") return { ...snapshot, at: event.to } as State;
      if (event.type === "emit") emit({ type: "emitted", n: event.n });
      if (event.type === "stop stranger") stop(event.actor);
      if (event.type === "fail later") {
        defer(() => told.push("before"));
        defer(() => {
          throw new Error("deferred");
        });
        defer(() => told.push("after"));
      }
      if (event.type === "twice") defer(() => defer(() => told.push(["deferred twice", self.id])));
      return snapshot;
    },
    getInitialSnapshot: () => ({ status: "active", output: undefined, error: undefined }),
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}

/** All that an act on the child leads to. */
function lived(isPlanned: boolean, act: (child: AnyActorRef, told: unknown[]) => void) {
  const told: unknown[] = [];
  const plain: AnyStateMachine = createMachine(
    {
      invoke: { src: "child", id: "child", systemId: "known" },
      on: {
        stop: { actions: stopChild("child") },
        "xstate.error.actor.child": { actions: () => told.push("the parent hears that it failed") },
      },
    } as never,
    { actors: { child: child(told) } } as never,
  );
  const parent = createActor(isPlanned ? planned(plain) : plain);
  parent.subscribe({ error: () => told.push("the parent failed") });
  parent.start();
  const actor = parent.getSnapshot().children.child as AnyActorRef;
  act(actor, told);
  const own = actor as unknown as { _processingStatus: number; _snapshot: State };
  const { status, error } = own._snapshot;
  const registered = parent.system.get("known") === actor;
  return { told, status, error, standing: own._processingStatus, registered };
}

const observer = (told: unknown[], name: string) => ({
  next: (snapshot: State) => void told.push([name, snapshot.at]),
  error: (error: unknown) => void told.push([name, (error as Error).message]),
  complete: () => void told.push([name, "complete"]),
});

const acts: readonly (readonly [string, (child: AnyActorRef, told: unknown[]) => void])[] = [
  [
    "observers hear of moves until they leave, and of the end",
    (actor, told) => {
      const first = actor.subscribe(observer(told, "first"));
      actor.subscribe(observer(told, "second"));
      actor.send({ type: "move", to: 1 });
      first.unsubscribe();
      actor.send({ type: "move", to: 2 });
      actor._parent?.send({ type: "stop" });
      actor.subscribe(observer(told, "late"));
    },
  ],
  [
    "a child starts again when it is told of its end",
    (actor, told) => {
      actor.subscribe({
        complete: () => {
          told.push("complete");
          if (told.length < 5) (actor as unknown as { start(): void }).start();
        },
      });
      actor._parent?.send({ type: "stop" });
      actor.send({ type: "move", to: 3 });
    },
  ],
  [
    "what a step defers may fail",
    (actor, told) => {
      actor.subscribe(observer(told, "first"));
      actor.send({ type: "fail later" });
    },
  ],
  ["what a step defers may defer more", (actor) => actor.send({ type: "twice" })],
  [
    "what it emits goes to the handlers of its type, and of all",
    (actor, told) => {
      const { unsubscribe } = actor.on("emitted", (event) => told.push(["one", event]));
      actor.on("*", (event) => told.push(["all", event]));
      actor.send({ type: "emit", n: 1 });
      unsubscribe();
      actor.send({ type: "emit", n: 2 });
    },
  ],
  [
    "it stops no stranger",
    (actor, told) => {
      actor.subscribe(observer(told, "first"));
      const stranger = createActor(child(told), { id: "stranger" });
      actor.send({ type: "stop stranger", actor: stranger });
    },
  ],
  [
    "it is sent to apart from itself",
    (actor, told) => {
      actor.subscribe(observer(told, "first"));
      const { send } = actor;
      send({ type: "move", to: 4 });
    },
  ],
];

describe("a child of a planned machine is as XState's", () => {
  it.each(acts)("%s", (_name, act) => {
    const theirs = lived(false, act);
    const ours = lived(true, act);
    expect(ours.told.map(String)).toEqual(theirs.told.map(String));
    expect(ours).toEqual(theirs);
  });
});

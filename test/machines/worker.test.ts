/** The chart of a worker: over every way through it, and what it tells of threads that died. */
import fc from "fast-check";
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  type AnyStateMachine,
  type AnyTransitionDefinition,
  createActor,
  fromCallback,
  type InspectionEvent,
  type SnapshotFrom,
} from "xstate";
import { chartOf } from "../../machines/chart.js";
import type { ThreadCommand } from "../../machines/ports.js";
import { accusedBy } from "../../machines/restarts.js";
import { transitionKey } from "../../machines/transition-key.js";
import { isSilent, type WorkerEmitted, type WorkerEvent, workerMachine } from "../../machines/worker.js";
import { pathsOverEveryEdge } from "./every-edge.js";

type Snapshot = SnapshotFrom<typeof workerMachine>;
type GraphEvent = WorkerEvent | { readonly type: "xstate.error.actor.thread"; readonly error: unknown };

interface FakeThread {
  readonly sendBack: (event: WorkerEvent) => void;
  readonly commands: ThreadCommand[];
}

const taken = new Set<string>();
const note = (event: InspectionEvent) => {
  if (event.type !== "@xstate.microstep") return;
  // The inspection event's type leaves out what a transition definition has at run time.
  for (const step of event._transitions as readonly AnyTransitionDefinition[]) taken.add(transitionKey(step));
};

function workerOf() {
  let now = 0;
  const threads: FakeThread[] = [];
  const ended: number[] = [];
  const emitted: WorkerEmitted[] = [];
  const errors: unknown[] = [];
  const thread = fromCallback<ThreadCommand, { readonly worker: number }>(({ sendBack, receive, input }) => {
    const commands: ThreadCommand[] = [];
    const number = threads.push({ sendBack, commands });
    expect(input).toEqual({ worker: 7 });
    receive((command) => {
      if (command.type === "registration.retryNow" && command.key === "fails") {
        // XState calls no cleanup of a port that throws.
        ended.push(number);
        throw new Error("the port fails");
      }
      commands.push(command);
    });
    return () => void ended.push(number);
  });
  const actor = createActor(workerMachine.provide({ actors: { thread } }), {
    input: { worker: 7, now: () => now },
    inspect: note,
  });
  actor.on("*", (event) => void emitted.push(event));
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  return {
    actor,
    threads,
    ended,
    emitted,
    errors,
    wait: (ms: number) => {
      now += ms;
    },
    add: (key: string) => actor.send({ type: "registration.add", key }),
    /** Its thread says so. */
    said: (event: WorkerEvent) => threads.at(-1)?.sendBack(event),
    die: (...suspects: string[]) => threads.at(-1)?.sendBack({ type: "thread.died", suspects }),
  };
}

const commands: readonly WorkerEvent[] = [
  { type: "registration.add", key: "a" },
  ...(["pause", "resume", "restart", "retryNow", "remove"] as const).map(
    (what) => ({ type: `registration.${what}`, key: "a" }) as const,
  ),
  { type: "drain", deadlineMs: 1_000 },
  { type: "stop" },
];

function eventsOf(snapshot: Snapshot): readonly GraphEvent[] {
  if (snapshot.matches({ thread: "absent" })) return commands;
  return [
    ...commands,
    ...(["loaded", "silent", "answers", "ended", "unusable"] as const).map(
      (word) => ({ type: `thread.${word}` }) as const,
    ),
    { type: "thread.died", suspects: [] },
    { type: "thread.died", suspects: ["a"] },
    { type: "xstate.error.actor.thread", error: new Error("the port fails") },
  ];
}

/** Where no other registration is ever suspected, only the number of deaths counts. */
const wordOf = ({ value, context }: Snapshot) => JSON.stringify([value, Math.min(context.deaths.length, 4)]);

const input = { worker: 7, now: () => 0 };
const alone: AnyStateMachine = workerMachine.provide({
  actors: { thread: fromCallback<ThreadCommand, { readonly worker: number }>(() => {}) },
});

function perform(rig: ReturnType<typeof workerOf>, event: GraphEvent): void {
  if (event.type === "xstate.error.actor.thread")
    rig.actor.send({ type: "registration.retryNow", key: "fails" });
  else if (event.type.startsWith("thread.")) rig.said(event as WorkerEvent);
  else rig.actor.send(event as WorkerEvent);
}

describe("paths of the chart of a worker", () => {
  const all = pathsOverEveryEdge<GraphEvent, Snapshot>(alone, { input, eventsOf, wordOf });

  it("lead on the real machine where the graph says, over every state and edge; a thread lives while it is present", () => {
    expect(all.length).toBeGreaterThan(100);
    for (const path of all) {
      const rig = workerOf();
      for (const { event, state } of path) {
        perform(rig, event);
        const snapshot = rig.actor.getSnapshot();
        expect(wordOf(snapshot), path.map(({ event: { type } }) => type).join(", ")).toBe(wordOf(state));
        const living = rig.threads.length - rig.ended.length;
        expect(living).toBe(snapshot.matches({ thread: "present" }) ? 1 : 0);
      }
      rig.actor.stop();
      expect(rig.errors).toEqual([]);
    }
  });

  it("reach every state", () => {
    const reached = new Set(
      all.flatMap((path) => path.flatMap(({ state }) => state._nodes.map(({ id }) => id))),
    );
    expect(chartOf(workerMachine).filter(({ id }) => !reached.has(id))).toEqual([]);
  });

  afterAll(() => {
    const edges = chartOf(workerMachine).flatMap(({ transitions }) => transitions.map(({ key }) => key));
    expect(edges.filter((key) => !taken.has(key))).toEqual([]);
  });
});

describe("a worker", () => {
  it("starts a thread with the first registration, and passes on that and all that follows, in order", () => {
    const { actor, threads, add } = workerOf();
    expect(threads).toEqual([]);
    add("a");
    add("b");
    actor.send({ type: "registration.pause", key: "a" });
    actor.send({ type: "drain", deadlineMs: 9 });
    expect(threads.map((one) => one.commands)).toEqual([
      [
        { type: "registration.add", key: "a" },
        { type: "registration.add", key: "b" },
        { type: "registration.pause", key: "a" },
        { type: "drain", deadlineMs: 9 },
      ],
    ]);
  });

  it("knows whether its thread answers, once that has loaded its module", () => {
    const { actor, add, said } = workerOf();
    const silences = ["silent", "loaded", "silent", "answers"].map((word) => {
      add("a");
      said({ type: `thread.${word}` } as WorkerEvent);
      return isSilent(actor.getSnapshot());
    });
    expect(silences).toEqual([false, false, true, false]);
  });

  it("gives up, when its threads die too often, whose requests ran each time, and counts anew without them", () => {
    const { add, die, emitted } = workerOf();
    for (const suspects of [["a", "b"], ["b"], ["b", "c"], ["c", "b"], ["c"]]) {
      add("a");
      die(...suspects);
    }
    expect(emitted).toEqual(
      [[], [], [], ["b"], []].map((givenUp) => ({ type: "thread.failed", isEnding: false, givenUp })),
    );
  });

  it("gives all up when nobody can tell whose requests it was, until the deaths are long ago", () => {
    const { add, die, wait, emitted } = workerOf();
    const deaths = [0, 1_000, 1_000, 1_000, 1_000, 60_000].map((ms) => {
      wait(ms);
      add("a");
      die();
      return emitted.at(-1);
    });
    const told = deaths.map((event) => event?.type === "thread.failed" && event.givenUp);
    expect(told).toEqual([[], [], [], "all", "all", []]);
  });

  it("starts nothing while it ends, and says that what dies then ended with it", () => {
    const { actor, add, die, threads, emitted } = workerOf();
    add("a");
    actor.send({ type: "stop" });
    die("a");
    add("a");
    expect(threads).toHaveLength(1);
    expect(emitted).toEqual([{ type: "thread.failed", isEnding: true, givenUp: [] }]);
  });

  it("tells of a thread that could not be started, and tries again for the next registration", () => {
    // XState says in development that the command to the thread came too late.
    vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => void vi.restoreAllMocks());
    const emitted: WorkerEmitted[] = [];
    let tries = 0;
    const thread = fromCallback<ThreadCommand, { readonly worker: number }>(() => {
      tries += 1;
      throw new Error("no room for a thread");
    });
    const actor = createActor(workerMachine.provide({ actors: { thread } }), {
      input: { worker: 1, now: () => 0 },
    });
    actor.on("*", (event) => void emitted.push(event));
    actor.start();
    for (const key of ["a", "b"]) actor.send({ type: "registration.add", key });
    const error = expect.objectContaining({ message: "no room for a thread" });
    expect(emitted).toEqual([1, 2].map(() => ({ type: "thread.unusable", error })));
    expect([tries, actor.getSnapshot().status]).toEqual([2, "active"]);
  });
});

describe("who is accused of faults", () => {
  const keys = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 3 });

  it("ran at the last one, and at all of them if anybody did", () => {
    fc.assert(
      fc.property(fc.array(keys, { minLength: 1, maxLength: 5 }), (faults) => {
        const accused = accusedBy(faults);
        const last = new Set(faults.at(-1));
        const always = [...last].filter((key) => faults.every((one) => one.includes(key)));
        expect(new Set(accused)).toEqual(always.length > 0 ? new Set(always) : last);
        expect(new Set(accused).size).toBe(accused.length);
      }),
    );
  });
});

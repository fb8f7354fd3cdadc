/** The chart of a WebSocket: over every way through it, and its times on a simulated clock. */
import { afterAll, describe, expect, it } from "vitest";
import {
  type AnyStateMachine,
  type AnyTransitionDefinition,
  createActor,
  fromCallback,
  type InspectionEvent,
  SimulatedClock,
  type SnapshotFrom,
} from "xstate";
import { chartOf } from "../../machines/chart.js";
import { type LineCommand, type SocketEvent, socketMachine } from "../../machines/socket.js";
import { transitionKey } from "../../machines/transition-key.js";
import { pathsOverEveryEdge } from "./every-edge.js";

type Snapshot = SnapshotFrom<typeof socketMachine>;
type Delay = "connectTimeout" | "joinTimeout" | "beatInterval" | "beatTimeout" | "leaveTimeout";
type GraphEvent =
  | SocketEvent
  | { readonly type: `xstate.after.${Delay}.socket.live.${string}` }
  | { readonly type: "xstate.error.actor.line"; readonly error: unknown };

const policy = {
  connectTimeoutMs: 10_000,
  joinTimeoutMs: 5_000,
  beatIntervalMs: 25_000,
  beatTimeoutMs: 10_000,
  leaveTimeoutMs: 1_000,
};

const taken = new Set<string>();
const note = (event: InspectionEvent) => {
  if (event.type !== "@xstate.microstep") return;
  // The inspection event's type leaves out what a transition definition has at run time.
  for (const step of event._transitions as readonly AnyTransitionDefinition[]) taken.add(transitionKey(step));
};

/** `failing`: a command at which the port throws, as a fault of ours would. */
function socketOf(failing?: LineCommand["type"]) {
  const clock = new SimulatedClock();
  const told: LineCommand["type"][] = [];
  const errors: unknown[] = [];
  let lives = 0;
  let say: (event: SocketEvent) => void = () => {};
  const line = fromCallback<LineCommand>(({ sendBack, receive }) => {
    lives += 1;
    say = sendBack;
    receive(({ type }) => {
      told.push(type);
      if (type === failing) {
        // XState calls no cleanup of a port that throws.
        lives -= 1;
        throw new Error("the port fails");
      }
    });
    return () => {
      lives -= 1;
    };
  });
  const actor = createActor(socketMachine.provide({ actors: { line } }), {
    input: { policy },
    clock,
    inspect: note,
  });
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  return {
    clock,
    told,
    errors,
    send: (event: SocketEvent) => (event.type.startsWith("line.") ? say(event) : actor.send(event)),
    end: () => actor.getSnapshot().context.end,
    value: () => actor.getSnapshot().value,
    snapshot: () => actor.getSnapshot(),
    lives: () => lives,
  };
}

const words = [
  "line.opened",
  "line.joined",
  "line.beatAnswered",
  "line.silent",
  "line.ended",
  "ask",
  "retire",
  "reading.held",
  "reading.resumed",
  "leave",
] as const satisfies readonly SocketEvent["type"][];

const timers: Readonly<Record<string, Delay>> = {
  "socket.live.dialling": "connectTimeout",
  "socket.live.joining": "joinTimeout",
  "socket.live.leaving": "leaveTimeout",
  "socket.live.joined.peer.heard": "beatInterval",
  "socket.live.joined.peer.asked": "beatTimeout",
};

function eventsOf({ _nodes, status }: Snapshot): readonly GraphEvent[] {
  if (status !== "active") return [];
  const due = _nodes.flatMap(({ id }) => {
    const delay = timers[id];
    return delay ? [{ type: `xstate.after.${delay}.${id}` } as GraphEvent] : [];
  });
  return [...words.map((type) => ({ type })), ...due];
}

const wordOf = ({ value, context }: Snapshot) => JSON.stringify([value, context.end]);

const delayMs: Readonly<Record<Delay, number>> = {
  connectTimeout: policy.connectTimeoutMs,
  joinTimeout: policy.joinTimeoutMs,
  beatInterval: policy.beatIntervalMs,
  beatTimeout: policy.beatTimeoutMs,
  leaveTimeout: policy.leaveTimeoutMs,
};

function perform(rig: ReturnType<typeof socketOf>, { type }: GraphEvent): void {
  const delay = (Object.keys(delayMs) as Delay[]).find((name) => type.startsWith(`xstate.after.${name}.`));
  if (delay) rig.clock.increment(delayMs[delay]);
  else rig.send({ type } as SocketEvent);
}

/** As far as the chart of it goes, with a line that says nothing. */
const alone: AnyStateMachine = socketMachine.provide({
  actors: { line: fromCallback<LineCommand>(() => {}) },
});

describe("paths of the chart of a socket", () => {
  const all = pathsOverEveryEdge<GraphEvent, Snapshot>(alone, { input: { policy }, eventsOf, wordOf });

  it("lead on the real machine where the graph says, over every state; the line lives until the end", () => {
    expect(all.length).toBeGreaterThan(50);
    for (const path of all) {
      const rig = socketOf();
      for (const { event, state } of path) {
        perform(rig, event);
        expect(wordOf(rig.snapshot()), path.map(({ event: { type } }) => type).join(", ")).toBe(
          wordOf(state),
        );
        expect(rig.lives()).toBe(rig.snapshot().status === "active" ? 1 : 0);
      }
      expect(rig.errors).toEqual([]);
    }
  });

  it("reach every state", () => {
    const reached = new Set(
      all.flatMap((path) => path.flatMap(({ state }) => state._nodes.map(({ id }) => id))),
    );
    expect(chartOf(socketMachine).filter(({ id }) => !reached.has(id))).toEqual([]);
  });

  it("end when the line fails", () => {
    const rig = socketOf("join");
    rig.send({ type: "line.opened" });
    expect(rig.snapshot().status).toBe("done");
    expect(rig.end()).toBe("ended");
    expect(rig.errors).toEqual([]);
  });

  afterAll(() => {
    const edges = chartOf(socketMachine).flatMap(({ transitions }) => transitions.map(({ key }) => key));
    expect(edges.filter((key) => !taken.has(key))).toEqual([]);
  });
});

describe("a socket", () => {
  function joined() {
    const rig = socketOf();
    rig.send({ type: "line.opened" });
    rig.send({ type: "line.joined" });
    return rig;
  }

  it("whose peer fell silent is found within 45 s of its last word", () => {
    const rig = joined();
    rig.clock.increment(25_000);
    expect(rig.told).toEqual(["join", "beat"]);
    rig.send({ type: "line.beatAnswered" });
    rig.clock.increment(25_000);
    rig.clock.increment(10_000);
    expect(rig.told).toEqual(["join", "beat", "beat", "look"]);
    rig.send({ type: "line.silent" });
    expect(rig.end()).toBe("deaf");
  });

  it("whose loop was blocked looks once more before it gives up", () => {
    const rig = joined();
    rig.clock.increment(25_000);
    rig.clock.increment(10_000);
    rig.send({ type: "line.beatAnswered" });
    rig.send({ type: "line.silent" });
    expect(rig.value()).toEqual({ live: { joined: { places: "open", peer: "heard" } } });
  });

  it("that does not read is not judged by what it does not hear, and asks when it reads again", () => {
    const rig = joined();
    rig.send({ type: "reading.held" });
    rig.clock.increment(1_000_000);
    expect(rig.told).toEqual(["join"]);
    rig.send({ type: "reading.resumed" });
    expect(rig.told).toEqual(["join", "beat"]);
  });

  it("says farewell, and is over when the peer has answered, or soon after", () => {
    const rig = joined();
    rig.send({ type: "leave" });
    expect(rig.told).toEqual(["join", "leave"]);
    rig.clock.increment(1_000);
    expect(rig.end()).toBe("left");
  });
});

/** The chart of an MCP server: over every way through it, and its times on a simulated clock. */
import { afterAll, describe, expect, it } from "vitest";
import {
  type AnyTransitionDefinition,
  createActor,
  fromCallback,
  type InspectionEvent,
  SimulatedClock,
  type SnapshotFrom,
} from "xstate";
import { chartOf } from "../../machines/chart.js";
import { type McpLinkCommand, type McpServerEvent, mcpServerMachine } from "../../machines/mcp-server.js";
import { transitionKey } from "../../machines/transition-key.js";
import { pathsOverEveryEdge } from "./every-edge.js";

type Snapshot = SnapshotFrom<typeof mcpServerMachine>;
type Delay = "startTimeout" | "answerTimeout" | "stable" | "backoff";
type GraphEvent = McpServerEvent | { readonly type: `xstate.after.${Delay}.mcpServer.${string}` };

const policy = {
  startTimeoutMs: 30_000,
  answerTimeoutMs: 5_000,
  stableMs: 60_000,
  backoff: { baseMs: 500, maxMs: 4_000, jitterMs: 0 },
};
const input = { policy, random: () => 0 };

const taken = new Set<string>();
const note = (event: InspectionEvent) => {
  if (event.type !== "@xstate.microstep") return;
  for (const step of event._transitions as readonly AnyTransitionDefinition[]) taken.add(transitionKey(step));
};

/** `failing`: the link throws when it is asked. */
function serverOf(failing = false) {
  const clock = new SimulatedClock();
  const told: string[] = [];
  const lives = { now: 0, ever: 0 };
  let say: (event: McpServerEvent) => void = () => {};
  const link = fromCallback<McpLinkCommand>(({ sendBack, receive }) => {
    lives.now += 1;
    lives.ever += 1;
    say = sendBack;
    receive(({ type }) => {
      told.push(type);
      if (!failing) return;
      lives.now -= 1;
      throw new Error("the link fails");
    });
    return () => {
      lives.now -= 1;
    };
  });
  const actor = createActor(mcpServerMachine.provide({ actors: { link } }), { input, clock, inspect: note });
  const errors: unknown[] = [];
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  const send = (event: McpServerEvent) => (event.type.startsWith("link.") ? say(event) : actor.send(event));
  return { clock, told, lives, errors, send, snapshot: () => actor.getSnapshot() };
}

const events: readonly McpServerEvent[] = [
  { type: "link.ready" },
  { type: "link.answered" },
  { type: "link.ended", detail: "its process has ended" },
  { type: "session.forgotten" },
  { type: "call.late" },
  { type: "close" },
];

const timers: Readonly<Record<string, Delay>> = {
  "mcpServer.live.starting": "startTimeout",
  "mcpServer.live.renewing": "startTimeout",
  "mcpServer.live.serving": "stable",
  "mcpServer.live.serving.asked": "answerTimeout",
  "mcpServer.waiting": "backoff",
};

function eventsOf({ _nodes, status }: Snapshot): readonly GraphEvent[] {
  if (status !== "active") return [];
  const due = _nodes.flatMap(({ id }) => {
    const delay = timers[id];
    // Who asks is answered, or not, long before it is sound.
    if (!delay || (delay === "stable" && _nodes.some((one) => one.id.endsWith(".asked")))) return [];
    return [{ type: `xstate.after.${delay}.${id}` } as GraphEvent];
  });
  return [...events, ...due];
}

const wordOf = ({ value }: Snapshot) => JSON.stringify(value);

function perform(rig: ReturnType<typeof serverOf>, event: GraphEvent): void {
  const [, delay] = /^xstate\.after\.(\w+)\./.exec(event.type) ?? [];
  if (delay === undefined) return rig.send(event as McpServerEvent);
  const { backoffMs } = rig.snapshot().context;
  rig.clock.increment(delay === "backoff" ? backoffMs : policy[`${delay as Exclude<Delay, "backoff">}Ms`]);
}

describe("the chart of an MCP server", () => {
  const alone = mcpServerMachine.provide({ actors: { link: fromCallback<McpLinkCommand>(() => {}) } });
  const all = pathsOverEveryEdge<GraphEvent, Snapshot>(alone, { input, eventsOf, wordOf });

  it("leads on the real machine where the graph says; the link lives while the server is thought to", () => {
    for (const path of all) {
      const rig = serverOf();
      for (const { event, state } of path) {
        perform(rig, event);
        const told = path.map(({ event: { type } }) => type).join(", ");
        expect(wordOf(rig.snapshot()), told).toBe(wordOf(state));
        expect(rig.lives.now, told).toBe(rig.snapshot().matches("live") ? 1 : 0);
      }
      expect(rig.errors).toEqual([]);
    }
    const reached = new Set(
      all.flatMap((path) => path.flatMap(({ state }) => state._nodes.map(({ id }) => id))),
    );
    expect(chartOf(mcpServerMachine).filter(({ id }) => !reached.has(id))).toEqual([]);
  });

  it("waits longer from start to start, until it was sound for a while", () => {
    const rig = serverOf();
    const waits = [1, 2, 3, 4, 5].map(() => {
      rig.send({ type: "link.ended", detail: "it cannot be started" });
      const { backoffMs } = rig.snapshot().context;
      rig.clock.increment(backoffMs);
      return backoffMs;
    });
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 4_000]);
    rig.send({ type: "link.ready" });
    rig.clock.increment(policy.stableMs);
    rig.send({ type: "link.ended", detail: "its process has ended" });
    expect(rig.snapshot().context).toMatchObject({ backoffMs: 500, detail: "its process has ended" });
    expect(rig.lives.ever).toBe(6);
  });

  it("opens another link when its session is forgotten, at once and without counting a fault", () => {
    const rig = serverOf();
    rig.send({ type: "link.ready" });
    rig.send({ type: "session.forgotten" });
    expect(rig.snapshot().value).toEqual({ live: "renewing" });
    expect(rig.lives).toEqual({ now: 1, ever: 2 });
    // A server that forgets it before it has told its tools is not asked again at once.
    rig.send({ type: "session.forgotten" });
    expect(rig.lives.ever).toBe(2);
    rig.send({ type: "link.ready" });
    expect(rig.snapshot().matches({ live: "serving" })).toBe(true);
    expect(rig.snapshot().context).toMatchObject({ attempt: 0, detail: "" });
  });

  it("takes a link that fails for a server that is gone", () => {
    const rig = serverOf(true);
    rig.send({ type: "link.ready" });
    rig.send({ type: "call.late" });
    expect(rig.snapshot().value).toBe("waiting");
    expect(rig.errors).toEqual([]);
  });

  afterAll(() => {
    const edges = chartOf(mcpServerMachine).flatMap(({ transitions }) => transitions.map(({ key }) => key));
    expect(edges.filter((key) => !taken.has(key))).toEqual([]);
  });
});

/** The chart of the choice between gRPC and WebSocket: over every way through it, and what it says. */
import { afterAll, describe, expect, it } from "vitest";
import { type AnyTransitionDefinition, createActor, type InspectionEvent, type SnapshotFrom } from "xstate";
import { chartOf } from "../../machines/chart.js";
import { transitionKey } from "../../machines/transition-key.js";
import {
  type ChoiceEmitted,
  type ChoiceEvent,
  transportChoiceMachine,
  type Way,
} from "../../machines/transport-choice.js";
import { pathsOverEveryEdge } from "./every-edge.js";

type Snapshot = SnapshotFrom<typeof transportChoiceMachine>;

const taken = new Set<string>();
const note = (event: InspectionEvent) => {
  if (event.type !== "@xstate.microstep") return;
  // The inspection event's type leaves out what a transition definition has at run time.
  for (const step of event._transitions as readonly AnyTransitionDefinition[]) taken.add(transitionKey(step));
};

function choiceOf() {
  const said: string[] = [];
  const actor = createActor(transportChoiceMachine, { inspect: note });
  const tell = (event: ChoiceEmitted) =>
    said.push("way" in event ? `${event.type} ${event.way}` : event.type);
  actor.on("choice.made", tell);
  actor.on("choice.doubted", tell);
  actor.on("choice.vain", tell);
  actor.start();
  const fail = (
    way: Way,
    { hasOpened = false, round = actor.getSnapshot().context.round, code = "X" } = {},
  ) => actor.send({ type: "way.failed", way, round, hasOpened, failure: { cause: "unreachable", code } });
  return {
    said,
    fail,
    send: (event: ChoiceEvent) => actor.send(event),
    answer: (way: Way) => actor.send({ type: "way.answered", way }),
    end: (way: Way) => actor.send({ type: "way.ended", way }),
    value: () => actor.getSnapshot().value,
    snapshot: () => actor.getSnapshot(),
    instead: () => actor.getSnapshot().context.instead,
  };
}

const ways = ["gRPC", "WebSocket"] as const;

const longAgo = -1;

function eventsOf({ context: { round, streams } }: Snapshot): readonly ChoiceEvent[] {
  const failure = { cause: "connection-lost" };
  return ways.flatMap((way): ChoiceEvent[] => [
    // More than two streams are as two.
    ...(streams[way] < 2 ? [{ type: "way.answered", way } as const] : []),
    ...(streams[way] > 0 ? [{ type: "way.ended", way } as const] : []),
    { type: "way.told", way, instead: null },
    { type: "way.failed", way, round, hasOpened: false, failure },
    { type: "way.failed", way, round, hasOpened: true, failure },
    { type: "way.failed", way, round: longAgo, hasOpened: true, failure },
  ]);
}

/** The round counts on for ever, and nothing depends on its number. */
const wordOf = ({ value, context: { streams, failed, failures } }: Snapshot): string =>
  JSON.stringify([value, streams, Object.keys(failed).sort(), failures]);

describe("paths of the chart of the choice", () => {
  const all = pathsOverEveryEdge<ChoiceEvent, Snapshot>(transportChoiceMachine, {
    input: undefined,
    eventsOf,
    wordOf,
  });

  it("lead on the real machine where the graph says, over every state", () => {
    expect(all.length).toBeGreaterThan(100);
    for (const path of all) {
      const rig = choiceOf();
      for (const { event, state } of path) {
        const { round } = rig.snapshot().context;
        const isNow = event.type === "way.failed" && event.round !== longAgo;
        rig.send(isNow ? { ...event, round } : event);
        expect(wordOf(rig.snapshot())).toBe(wordOf(state));
      }
    }
    const reached = new Set(
      all.flatMap((path) => path.flatMap(({ state }) => state._nodes.map(({ id }) => id))),
    );
    expect(chartOf(transportChoiceMachine).filter(({ id }) => !reached.has(id))).toEqual([]);
  });

  it("always say what comes first", () => {
    for (const path of all)
      for (const { state } of path)
        expect(
          ways.filter((way) => state.hasTag(way)),
          JSON.stringify(state.value),
        ).toHaveLength(1);
  });

  afterAll(() => {
    const edges = chartOf(transportChoiceMachine).flatMap(({ transitions }) =>
      transitions.map(({ key }) => key),
    );
    expect(edges.filter((key) => !taken.has(key))).toEqual([]);
  });
});

describe("the choice", () => {
  it("is WebSocket when that answers, and says what gRPC failed of", () => {
    const rig = choiceOf();
    rig.fail("gRPC", { code: "ECONNREFUSED" });
    rig.answer("WebSocket");
    expect(rig.value()).toEqual({ WebSocket: "inUse" });
    expect(rig.instead()).toEqual({ cause: "unreachable", code: "ECONNREFUSED" });
    expect(rig.said).toEqual(["choice.made WebSocket"]);
  });

  it("is not changed by failures while a stream is open that the gateway answered", () => {
    const rig = choiceOf();
    rig.answer("gRPC");
    for (let n = 0; n < 10; n += 1) rig.fail("gRPC");
    expect(rig.value()).toEqual({ gRPC: "inUse" });
    expect(rig.said).toEqual(["choice.made gRPC"]);
  });

  it("counts what failed together once", () => {
    const rig = choiceOf();
    rig.answer("gRPC");
    rig.end("gRPC");
    const { round } = rig.snapshot().context;
    for (let n = 0; n < 1_000; n += 1) rig.fail("gRPC", { round });
    expect(rig.value()).toEqual({ gRPC: "unused" });
    expect(rig.snapshot().context.failures).toBe(1);
  });

  it("is doubted after three failures in a row, says once that neither leads there, and stays", () => {
    const rig = choiceOf();
    rig.answer("gRPC");
    rig.end("gRPC");
    rig.fail("gRPC");
    rig.fail("gRPC");
    rig.answer("gRPC");
    rig.end("gRPC");
    for (let n = 0; n < 3; n += 1) rig.fail("gRPC");
    for (let n = 0; n < 5; n += 1) {
      rig.fail("WebSocket");
      rig.fail("gRPC");
    }
    expect(rig.value()).toEqual({ gRPC: { doubted: "itFirst" } });
    rig.answer("gRPC");
    expect(rig.said).toEqual(["choice.made gRPC", "choice.doubted gRPC", "choice.vain", "choice.made gRPC"]);
  });

  it("falls on the other only when the former fails once more: the gateway may just have come back", () => {
    const doubted = () => {
      const rig = choiceOf();
      rig.answer("gRPC");
      rig.end("gRPC");
      for (let n = 0; n < 3; n += 1) rig.fail("gRPC");
      rig.answer("WebSocket");
      expect(rig.value()).toEqual({ WebSocket: "unsure" });
      return rig;
    };
    const [away, blocked] = [doubted(), doubted()];
    away.answer("gRPC");
    expect(away.value()).toEqual({ gRPC: "inUse" });
    blocked.fail("gRPC");
    expect(blocked.value()).toEqual({ WebSocket: "inUse" });
  });

  it("dials the other first once when the first opens and leads nowhere", () => {
    const rig = choiceOf();
    rig.fail("gRPC", { hasOpened: true });
    expect(rig.value()).toEqual({ searching: "webSocketFirst" });
    rig.fail("WebSocket");
    expect(rig.value()).toEqual({ searching: "gRPCFirst" });
  });

  it("believes another thread while it has no answer of its own, and no longer", () => {
    const rig = choiceOf();
    const instead = { cause: "connect-timeout" };
    rig.send({ type: "way.told", way: "WebSocket", instead });
    expect(rig.value()).toEqual({ WebSocket: "unused" });
    expect(rig.instead()).toEqual(instead);
    rig.send({ type: "way.told", way: "gRPC", instead: null });
    expect(rig.value()).toEqual({ WebSocket: "unused" });
  });
});

import { afterAll, describe, expect, it } from "vitest";
import type { AnyStateMachine, AnyTransitionDefinition, InspectionEvent } from "xstate";
import { getAdjacencyMap } from "xstate/graph";
import { chartOf } from "../../machines/chart.js";
import { type RegistrationSnapshot, registrationMachine } from "../../machines/registration.js";
import { pathId, transitionKey } from "../../machines/transition-key.js";
import { eventsOf, type GraphEvent, perform, policy, serializeSnapshot, wordsOfStream } from "./paths.js";
import { createRig, type Rig } from "./rig.js";

/** An event and the snapshot after it, as the graph has them. */
interface Step {
  readonly event: GraphEvent;
  readonly state: RegistrationSnapshot;
}
type Path = readonly Step[];

const words = new WeakMap<GraphEvent, string>();
/** An event as text. Paths share their events, so that each becomes text once. */
function wordOf(event: GraphEvent): string {
  const word = words.get(event) ?? JSON.stringify(event);
  words.set(event, word);
  return word;
}

/** Event and places, whatever the attempt's number. */
const edgeName = (from: RegistrationSnapshot, { event, state }: Step): string =>
  JSON.stringify([
    from.value,
    { ...event, streamAttempt: "streamAttempt" in event && event.streamAttempt === 0 },
    state.value,
  ]);

/** The shortest path to every state, and one path over every edge; no path that is the beginning of another. */
function pathsOf(reconnect: boolean): readonly Path[] {
  const states = getAdjacencyMap(registrationMachine as AnyStateMachine, {
    input: { key: "acme.echo.one", policy: { ...policy, reconnect }, random: () => 0 },
    events: (snapshot: RegistrationSnapshot) => eventsOf(snapshot),
    serializeState: serializeSnapshot,
    serializeEvent: wordOf,
  });
  const toState = new Map<string, Path>();
  const overEdge = new Map<string, Path>();
  // The map has states in the order of their distance, so the first path to one is a shortest.
  for (const [place, { state, transitions }] of Object.entries(states)) {
    const before = toState.get(place) ?? [];
    toState.set(place, before);
    for (const step of Object.values(transitions) as Step[]) {
      const path = [...before, step];
      const next = serializeSnapshot(step.state);
      if (!toState.has(next)) toState.set(next, path);
      const name = edgeName(state, step);
      if (!overEdge.has(name)) overEdge.set(name, path);
    }
  }
  const longestFirst = [...toState.values(), ...overEdge.values()].sort(
    (one, other) => other.length - one.length,
  );
  const begun = new Set<string>();
  return longestFirst.filter((path) => {
    const beginnings = path.map((_, at) =>
      path
        .slice(0, at + 1)
        .map(({ event }) => wordOf(event))
        .join(" "),
    );
    if (begun.has(beginnings.at(-1) ?? "")) return false;
    for (const beginning of beginnings) begun.add(beginning);
    return true;
  });
}

const taken = new Set<string>();
const noteTransitions = (event: InspectionEvent) => {
  if (event.type !== "@xstate.microstep") return;
  // The inspection event's type leaves out what a transition definition has at run time.
  for (const step of event._transitions as readonly AnyTransitionDefinition[]) {
    if (step.source?.machine.id === "registration") taken.add(transitionKey(step));
  }
};

/** Whatever the streams say that are over, the machine stands as before: nothing of it reaches it. */
function hearEarlierStreams(rig: Rig): void {
  const before = rig.actor.getSnapshot();
  for (const stream of rig.ports.streams)
    if (!stream.live) for (const event of wordsOfStream(stream.input.streamAttempt)) stream.send(event);
  if (rig.actor.getSnapshot() !== before) throw new Error(`An earlier stream was heard in ${rig.place}.`);
}

async function replay(path: Path, reconnect: boolean): Promise<void> {
  const rig: Rig = createRig({
    policy: { ...policy, reconnect },
    hasCredentials: false,
    inspect: noteTransitions,
  });
  const walked: string[] = [];
  for (const { event, state } of path) {
    walked.push(event.type);
    await perform(rig, event);
    hearEarlierStreams(rig);
    const got = serializeSnapshot(rig.actor.getSnapshot());
    if (got !== serializeSnapshot(state))
      throw new Error(`After ${walked.join(", ")}: ${got}, and not ${serializeSnapshot(state)}`);
  }
  if (rig.errors.length > 0) throw rig.errors[0];
  expect(rig.ports.mostStreams).toBeLessThanOrEqual(1);
  rig.actor.stop();
  expect(rig.clock.size).toBe(0);
}

describe.each([true, false])("paths of the registration machine with reconnect %s", (reconnect) => {
  const paths = pathsOf(reconnect);

  it("lead on the real machine where the graph says, over every state and edge", async () => {
    expect(paths.length).toBeGreaterThan(reconnect ? 400 : 100);
    for (const path of paths) await replay(path, reconnect);
  });

  it("reach every state of the chart that can be rested in", () => {
    const reached = new Set(paths.flatMap((path) => path.flatMap(({ state }) => state._nodes.map(pathId))));
    const missing = chartOf(registrationMachine)
      .map(({ id }) => id)
      .filter((id) => !reached.has(id));
    const passedThrough = [
      "registration.connection.backoff.due",
      "registration.connection.lost",
      "registration.connection.linked.streaming.moving.over",
    ];
    const remembered = "registration.connection.linked.streaming.before";
    const unreachable = reconnect
      ? []
      : missing.filter(
          (id) => id.startsWith("registration.connection.backoff") && !passedThrough.includes(id),
        );
    expect(missing.sort()).toEqual([...passedThrough, remembered, ...unreachable].sort());
  });
});

afterAll(() => {
  const all = chartOf(registrationMachine).flatMap(({ transitions }) => transitions.map(({ key }) => key));
  expect(all.filter((key) => !taken.has(key))).toEqual([]);
});

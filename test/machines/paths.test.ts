import { afterAll, describe, expect, it } from "vitest";
import { type AnyStateMachine, type AnyTransitionDefinition, type InspectionEvent, transition } from "xstate";
import { getShortestPaths } from "xstate/graph";
import { chartOf, transitionKey } from "../../machines/chart.js";
import { type RegistrationSnapshot, registrationMachine } from "../../machines/registration.js";
import { eventsOf, type GraphEvent, perform, policy, serializeSnapshot } from "./paths.js";
import { createRig, type Rig } from "./rig.js";

/** An event and the snapshot after it, as the graph has them. */
interface Step {
  readonly event: GraphEvent;
  readonly state: RegistrationSnapshot;
}
type Path = readonly Step[];

/** Event and places, whatever the attempt's number. */
const edgeName = (from: RegistrationSnapshot, { event, state }: Step): string =>
  JSON.stringify([
    from.value,
    { ...event, streamAttempt: "streamAttempt" in event && event.streamAttempt === 0 },
    state.value,
  ]);

const wordOf = (path: Path): string => path.map(({ event }) => JSON.stringify(event)).join(" ");

/** The shortest path to every state, and one path over every edge; no path that is the beginning of another. */
function pathsOf(reconnect: boolean): readonly Path[] {
  const options = {
    input: { key: "acme.echo.one", policy: { ...policy, reconnect }, random: () => 0 },
    events: (snapshot: RegistrationSnapshot) => eventsOf(snapshot),
    serializeState: serializeSnapshot,
  };
  const toState = getShortestPaths<AnyStateMachine>(registrationMachine, options);
  const overEdge = new Map<string, Path>();
  for (const { state, steps } of toState) {
    for (const event of eventsOf(state)) {
      const [next] = transition<AnyStateMachine>(registrationMachine, state, event);
      const step = { event, state: next };
      const name = edgeName(state, step);
      if (!overEdge.has(name)) overEdge.set(name, [...steps.slice(1), step]);
    }
  }
  const longestFirst = [...toState.map(({ steps }) => steps.slice(1)), ...overEdge.values()]
    .map((path) => ({ path, word: wordOf(path) }))
    .sort((one, other) => other.word.length - one.word.length);
  const begun = new Set<string>();
  return longestFirst.flatMap(({ path, word }) => {
    if (begun.has(word)) return [];
    for (let length = 1; length <= path.length; length += 1) begun.add(wordOf(path.slice(0, length)));
    return [path];
  });
}

const taken = new Set<string>();
const noteTransitions = (event: InspectionEvent) => {
  if (event.type !== "@xstate.microstep") return;
  // The inspection event's type leaves out what a transition definition has at run time.
  for (const step of event._transitions as readonly AnyTransitionDefinition[]) {
    if (step.source?.id.startsWith("registration")) taken.add(transitionKey(step));
  }
};

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
    const reached = new Set(
      paths.flatMap((path) => path.flatMap(({ state }) => state._nodes.map(({ id }) => id))),
    );
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

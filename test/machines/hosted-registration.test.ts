/** The chart of a registration in a worker thread: over every way through it, and beside a plain model. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnyStateMachine } from "xstate";
import { chartOf } from "../../machines/chart.js";
import {
  type HostedEffect,
  type HostedEvent,
  type HostedState,
  hostedFromStart,
  hostedRegistrationMachine,
  hostedStanding,
  hostedStep,
  isAssigned,
  isLeaving,
} from "../../machines/hosted-registration.js";
import { isResting, type Standing } from "../../machines/ports.js";
import { type AfterFailure, afterFailure, type Requested } from "../../machines/restarts.js";
import { pathId, transitionKey } from "../../machines/transition-key.js";

const standings = ["connecting", "serving", "paused", "parked", "stopped"] as const satisfies Standing[];
const commands = ["start", "pause", "resume", "restart", "retryNow", "remove"] as const;
const either = [true, false];

const events: readonly HostedEvent[] = [
  ...commands.map((what) => ({ type: `registration.${what}` }) as const),
  { type: "thread.removed" },
  { type: "thread.refused" },
  { type: "thread.unusable" },
  ...standings.flatMap((standing): HostedEvent[] => [
    { type: "thread.reported", standing },
    { type: "thread.ended", standing },
    ...either.flatMap((isEnding) =>
      either.map((isTooOften): HostedEvent => ({ type: "thread.failed", standing, isEnding, isTooOften })),
    ),
  ]),
];

/** Where the shortest ways lead, from the start. */
function reachable(): ReadonlySet<HostedState> {
  const found = new Set([hostedFromStart]);
  for (const state of found) for (const event of events) found.add(hostedStep(state, event).state);
  return found;
}

const placeOf = ({ value }: HostedState) => JSON.stringify(value).replaceAll(/["{}]/g, "");

describe("ways through the chart of a hosted registration", () => {
  it("reach every state, and take every edge", () => {
    const states = [...reachable()];
    const ids = new Set(states.flatMap(({ _nodes }) => _nodes.map(pathId)));
    expect(chartOf(hostedRegistrationMachine).filter(({ id }) => !ids.has(id))).toEqual([]);
    const machine: AnyStateMachine = hostedRegistrationMachine;
    const taken = new Set(
      states.flatMap((state) =>
        events.flatMap((event) => machine.getTransitionData(state as never, event).map(transitionKey)),
      ),
    );
    const edges = chartOf(hostedRegistrationMachine).flatMap(({ transitions }) =>
      transitions.map(({ key }) => key),
    );
    expect(edges.filter((key) => !taken.has(key))).toEqual([]);
  });

  it("are as many as a person can look at: ten thousand registrations share these states", () => {
    expect([...reachable()].map(placeOf).sort()).toEqual([
      "added",
      "assigned:leaving",
      "assigned:resting:asAsked",
      "assigned:resting:toRun",
      "assigned:running:asAsked",
      "assigned:running:toPause",
      "removed",
      "unassigned:parked",
      "unassigned:paused",
      "unassigned:stopped",
    ]);
    const serving = () => {
      const started = hostedStep(hostedFromStart, { type: "registration.start" }).state;
      const paused = hostedStep(started, { type: "thread.reported", standing: "paused" }).state;
      return hostedStep(paused, { type: "thread.reported", standing: "serving" }).state;
    };
    expect(serving()).toBe(serving());
  });
});

const requestedIn = (place: string): Requested =>
  place.endsWith("leaving")
    ? "remove"
    : place.endsWith("toPause")
      ? "pause"
      : place.endsWith("toRun")
        ? "start"
        : null;

describe("a thread that fails", () => {
  const assigned = [...reachable()].filter(isAssigned);
  const leads: Readonly<Record<AfterFailure, (standing: Standing) => string>> = {
    remove: () => "removed",
    rest: (standing) => `unassigned:${isResting(standing) ? standing : "stopped"}`,
    stop: () => "unassigned:stopped",
    pause: () => "unassigned:paused",
    park: () => "unassigned:parked",
    restart: () => "assigned:running:asAsked",
  };

  it("is followed by what the partitions' rule says, in every state", () => {
    for (const state of assigned)
      for (const event of events) {
        if (event.type !== "thread.failed") continue;
        const place = placeOf(state);
        const isAtRest = place.startsWith("assigned:resting");
        const fate = afterFailure({ ...event, requested: requestedIn(place), isResting: isAtRest });
        expect([place, event, placeOf(hostedStep(state, event).state)]).toEqual([
          place,
          event,
          leads[fate](event.standing),
        ]);
      }
  });
});

/** The same in plain words: what was asked, and whether a thread has it. */
interface Model {
  place: "added" | "thread" | "rests" | "removed";
  reported: Standing;
  requested: Requested;
}

const afterCommand = (command: (typeof commands)[number], { requested, reported }: Model): Requested => {
  if (requested === "remove" || command === "remove") return "remove";
  if (command === "pause") return isResting(reported) ? null : "pause";
  if (command === "resume" || command === "restart") return isResting(reported) ? "start" : null;
  return requested;
};

function tell(model: Model, event: HostedEvent): void {
  if (event.type === "thread.reported") {
    model.reported = event.standing;
    if (model.requested === (isResting(event.standing) ? "pause" : "start")) model.requested = null;
  } else if (event.type === "thread.removed") {
    // Nobody has asked for it: it is said of one that had this key before.
    if (model.requested === "remove") model.place = "removed";
  } else if (event.type === "thread.refused") {
    if (model.requested !== "remove") Object.assign(model, { place: "rests", reported: "parked" });
  } else if (event.type === "thread.unusable") {
    if (model.requested === "remove") model.place = "removed";
    else Object.assign(model, { place: "rests", reported: "parked" });
  } else if (event.type === "thread.ended") {
    Object.assign(model, {
      place: "rests",
      reported: isResting(event.standing) ? event.standing : "stopped",
    });
  } else if (event.type === "thread.failed") {
    const fate = afterFailure({ ...event, requested: model.requested, isResting: isResting(model.reported) });
    const rests = { stop: "stopped", pause: "paused", park: "parked", rest: model.reported } as const;
    if (fate === "remove") model.place = "removed";
    else if (fate === "restart") Object.assign(model, { reported: "connecting", requested: null });
    else Object.assign(model, { place: "rests", reported: rests[fate] });
  }
}

function ask(model: Model, command: (typeof commands)[number]): void {
  if (model.place === "thread") {
    model.requested = afterCommand(command, model);
    return;
  }
  if (command === "remove") model.place = "removed";
  if (command === "start" || command === "resume" || command === "restart")
    Object.assign(model, { place: "thread", reported: "connecting", requested: null });
}

const standingIn = ({ place, reported }: Model): Standing | null =>
  place === "thread" || place === "rests" ? reported : null;

describe("a hosted registration", () => {
  it("stands where a plain model of the same rules does, whatever comes in whatever order", () => {
    const orders = fc.array(fc.constantFrom(...events), { maxLength: 40 });
    fc.assert(
      fc.property(orders, (order) => {
        const model: Model = { place: "added", reported: "connecting", requested: null };
        let state = hostedFromStart;
        for (const given of order) {
          if (model.place === "removed") break;
          const isCommand = given.type.startsWith("registration.");
          if (!isCommand && model.place !== "thread") continue;
          // A thread's end says where it stood.
          const event =
            given.type === "thread.failed" || given.type === "thread.ended"
              ? { ...given, standing: model.reported }
              : given;
          state = hostedStep(state, event).state;
          if (isCommand) ask(model, event.type.slice("registration.".length) as (typeof commands)[number]);
          else tell(model, event);
          expect(hostedStanding(state, model.reported, false)).toBe(standingIn(model));
          expect([isAssigned(state), isLeaving(state)]).toEqual([
            model.place === "thread",
            model.place === "thread" && model.requested === "remove",
          ]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("says what is to be done", () => {
    const done: string[] = [];
    let state = hostedFromStart;
    const orders: readonly HostedEvent[] = [
      { type: "registration.retryNow" },
      { type: "registration.start" },
      { type: "registration.retryNow" },
      { type: "registration.pause" },
      { type: "thread.reported", standing: "paused" },
      { type: "thread.failed", standing: "paused", isEnding: false, isTooOften: false },
      { type: "registration.resume" },
      { type: "thread.failed", standing: "connecting", isEnding: false, isTooOften: false },
      { type: "thread.failed", standing: "serving", isEnding: false, isTooOften: true },
      { type: "registration.restart" },
      { type: "registration.remove" },
      { type: "thread.removed" },
    ];
    const words = (effect: HostedEffect) =>
      effect.type === "rest" ? `rest ${effect.params.as}` : effect.type;
    for (const event of orders) {
      const step = hostedStep(state, event);
      state = step.state;
      done.push(`${event.type} → ${step.effects.map(words).join(", ") || "nothing"}`);
    }
    expect(done).toEqual([
      "registration.retryNow → nothing",
      "registration.start → assign",
      "registration.retryNow → forward",
      "registration.pause → forward",
      "thread.reported → nothing",
      "thread.failed → nothing",
      "registration.resume → assign",
      "thread.failed → restart",
      "thread.failed → rest parked",
      "registration.restart → assign",
      "registration.remove → forward",
      "thread.removed → forget",
    ]);
  });

  it("counts as connecting while its thread is silent, unless it rests", () => {
    const running = hostedStep(hostedFromStart, { type: "registration.start" }).state;
    expect(hostedStanding(running, "serving", true)).toBe("connecting");
    expect(hostedStanding(running, "paused", true)).toBe("paused");
    expect(hostedStanding(hostedFromStart, "connecting", true)).toBe(null);
  });
});

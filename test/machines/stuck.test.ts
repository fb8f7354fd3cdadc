import { describe, expect, it } from "vitest";
import type { AnyStateMachine } from "xstate";
import { type ChartNode, chartOf, lineage } from "../../machines/chart.js";
import { credentialsMachine } from "../../machines/credentials.js";
import { livenessMachine } from "../../machines/liveness.js";
import { partitionMachine } from "../../machines/partition.js";
import { registrationMachine } from "../../machines/registration.js";
import { supervisorMachine } from "../../machines/supervisor.js";

const linked = "registration.connection.linked";
const first = `${linked}.awaitingRegister.first`;

/** Leaves for somewhere else, by itself: a timer or an eventless transition. */
const leavesByItself = (node: ChartNode): boolean =>
  node.transitions.some(
    ({ event, targets }) =>
      (event === "always" || event.startsWith("after ")) &&
      targets.some((target) => target !== node.id && !target.startsWith(`${node.id}.`)),
  );

/** Rested-in states of a chart from which nothing leads away by itself; `isBounded` knows better ways out. */
function stuckStates(
  machine: AnyStateMachine,
  isBounded: (lineage: readonly ChartNode[]) => boolean,
): string[] {
  const chart = chartOf(machine);
  return chart
    .filter(({ type }) => type === "atomic")
    .map(({ id }) => lineage(chart, id))
    .filter((line) => !line.some(leavesByItself) && !isBounded(line))
    .map(([node]) => node?.id ?? "");
}

describe("no state without a way out", () => {
  const chart = chartOf(registrationMachine);
  const node = (id: string) => chart.find((one) => one.id === id);

  it("of the registration: a timer, or a link whose liveness is armed", () => {
    const isWatched = (line: readonly ChartNode[]) =>
      line.some(({ id }) => id === linked) && line[0]?.id !== first;
    expect(stuckStates(registrationMachine, isWatched)).toEqual([
      // The region that remembers a drain. The machine ends by the other one.
      "registration.intake.accepting",
      "registration.intake.draining",
    ]);
  });

  it("because inside a link all but the first wait comes after an acceptance, which arms liveness", () => {
    const leadsInto = (targets: readonly string[]) =>
      targets.some((id) => id.startsWith(linked) && id !== first);
    const outside = chart.filter(({ id }) => !id.startsWith(linked));
    const fromOutside = outside.flatMap(({ transitions }) =>
      transitions.filter(({ targets }) => leadsInto(targets)),
    );
    expect(fromOutside.map(({ targets }) => targets)).toEqual([[linked]]);
    expect(node(linked)?.initial).toBe(`${linked}.awaitingRegister`);
    expect(node(`${linked}.awaitingRegister`)?.initial).toBe(first);
    const onwards = node(first)?.transitions.filter(({ targets }) => leadsInto(targets)) ?? [];
    expect(onwards.length).toBeGreaterThan(0);
    expect(onwards.filter(({ actions }) => !actions.includes("accept"))).toEqual([]);
  });

  it("and a link that is deaf is given up from every state inside", () => {
    const deaf = chart.flatMap(({ id, transitions }) =>
      transitions.filter(({ event }) => event === "liveness.deaf").map(({ targets }) => [id, ...targets]),
    );
    expect(deaf).toEqual([[linked, "registration.connection.lost"]]);
    expect(node(linked)?.invokes.map(({ src }) => src)).toEqual(["stream", "liveness"]);
  });

  it("and liveness, once armed, says so by a timer that only an answer sets back", () => {
    const waysOut = (state: string) =>
      chartOf(livenessMachine)
        .find(({ id }) => id === `liveness.${state}`)
        ?.transitions.map(({ event, targets }) => [event, ...targets]);
    expect(waysOut("first")).toEqual([
      ["answered", "liveness.calm"],
      ["armed"],
      ["after firstInterval", "liveness.waiting"],
    ]);
    expect(waysOut("calm")).toEqual([
      ["answered", "liveness.calm"],
      ["armed"],
      ["after heartbeatInterval", "liveness.waiting"],
    ]);
    expect(waysOut("waiting")).toEqual([
      ["answered", "liveness.calm"],
      ["armed"],
      ["after restOfTimeout", "liveness.deaf"],
    ]);
    expect(stuckStates(livenessMachine, () => false)).toEqual([
      // Its parent has a deadline of its own until the acceptance.
      "liveness.unarmed",
      // Its parent has been told, and stops it.
      "liveness.deaf",
    ]);
  });

  it("of the credentials: every state has a timer of its own, or of the state around it", () => {
    expect(stuckStates(credentialsMachine, () => false)).toEqual([]);
  });

  it("of the supervisor: only running waits for a command", () => {
    expect(stuckStates(supervisorMachine, () => false)).toEqual([]);
    const running = chartOf(supervisorMachine).find(({ name }) => name === "running");
    expect(running?.transitions.filter(({ event }) => event === "always").map(({ guard }) => guard)).toEqual([
      "isAllStopped",
    ]);
  });

  it("of the partition: it hosts until its host stops it", () => {
    expect(stuckStates(partitionMachine, () => false)).toEqual(["partition.hosting", "partition.ending"]);
  });
});

describe("every state obeys", () => {
  it("stop, above all states of a registration", () => {
    const connection = chartOf(registrationMachine).find(({ id }) => id === "registration.connection");
    const leading = connection?.transitions.filter(({ targets }) => targets.length > 0);
    expect(leading?.map(({ event, targets }) => [event, ...targets])).toEqual([
      ["stop", "registration.connection.stopped"],
      ["drain.expired", "registration.connection.stopped"],
    ]);
    const others = chartOf(registrationMachine).filter(({ transitions }) =>
      transitions.some(({ event }) => event === "stop"),
    );
    expect(others.map(({ id }) => id)).toEqual(["registration.connection"]);
  });

  it.each([
    ["registration", registrationMachine],
    ["partition", partitionMachine],
    ["supervisor", supervisorMachine],
    ["liveness", livenessMachine],
    ["credentials", credentialsMachine],
  ] as const)("in the %s every invoked actor's failure is taken", (_, machine) => {
    const deafTo = chartOf(machine).flatMap(({ invokes, transitions }) =>
      invokes
        .filter(({ id }) => !transitions.some(({ event }) => event === `${id} failed`))
        .map(({ id }) => id),
    );
    expect(deafTo).toEqual([]);
  });

  it("the failure of the credentials, which are started by an action, wherever they may live", () => {
    const startedIn = chartOf(registrationMachine);
    const takers = startedIn
      .filter(({ transitions }) => transitions.some(({ event }) => event === "credentials failed"))
      .map(({ id }) => id);
    expect(takers).toEqual([
      "registration.connection.connecting.preparing",
      "registration.connection.connecting.opening",
      linked,
      `${linked}.credentialExchange.exchanging`,
    ]);
    const stops = startedIn.find(({ id }) => id === "registration.connection.lost");
    expect(stops?.entry).toContain("stopCredentials");
  });
});

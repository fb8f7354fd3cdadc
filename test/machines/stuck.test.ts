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

  it("of the registration: a timer, or a link whose heartbeats have begun", () => {
    const isWatched = (line: readonly ChartNode[]) =>
      line.some(({ id }) => id === linked) && line[0]?.id !== first;
    expect(stuckStates(registrationMachine, isWatched)).toEqual([
      // The region that remembers a drain. The machine ends by the other one.
      "registration.intake.accepting",
      "registration.intake.draining.working",
      "registration.intake.draining.quiet",
    ]);
  });

  it("because inside a link all but the first wait comes after an acceptance, which lets heartbeats begin", () => {
    const leadsInto = (targets: readonly string[]) =>
      targets.some((id) => id.startsWith(linked) && id !== first);
    const outside = chart.filter(({ id }) => !id.startsWith(linked));
    const fromOutside = outside.flatMap(({ transitions }) =>
      transitions.filter(({ targets }) => leadsInto(targets)),
    );
    expect(fromOutside.map(({ targets }) => targets)).toEqual([[linked], [linked]]);
    expect(node(linked)?.initial).toBe(`${linked}.awaitingRegister`);
    expect(node(`${linked}.awaitingRegister`)?.initial).toBe(first);
    const onwards = node(first)?.transitions.filter(({ targets }) => leadsInto(targets)) ?? [];
    expect(onwards.length).toBeGreaterThan(0);
    expect(onwards.filter(({ actions }) => !actions.includes("accept"))).toEqual([]);
  });

  it("and the stream's port tells of a late answer, which starts liveness; a deaf link is given up from every state", () => {
    const taken = (event: string) =>
      chart.flatMap(({ id, transitions }) =>
        transitions
          .filter((one) => one.event === event)
          .map(({ targets, actions }) => [id, ...targets, ...actions]),
      );
    expect(taken("stream.heartbeatLate")).toEqual([[linked, "startLiveness"]]);
    expect(taken("liveness.deaf")).toEqual([[linked, "registration.connection.lost", "loseLink"]]);
    expect(taken("liveness failed")).toEqual([[linked, "registration.connection.lost", "loseLink"]]);
    expect(node(linked)?.invokes.map(({ src }) => src)).toEqual(["stream"]);
    expect(node(linked)?.exit).toContain("stopLiveness");
  });

  it("and liveness says so by a timer that only an answer ends", () => {
    const doubtful = chartOf(livenessMachine).find(({ id }) => id === "liveness.doubtful");
    expect(doubtful?.transitions.map(({ event, targets }) => [event, ...targets])).toEqual([
      ["after restOfTimeout", "liveness.deaf"],
    ]);
    const answered = chart.flatMap(({ transitions }) =>
      transitions.filter(
        ({ event, targets }) => event === "stream.heartbeatAnswered" && targets.length === 0,
      ),
    );
    expect(answered.filter(({ actions }) => actions.includes("stopLiveness")).length).toBeGreaterThan(1);
    // Its parent has been told, and stops it.
    expect(stuckStates(livenessMachine, () => false)).toEqual(["liveness.deaf"]);
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

import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { chartOf } from "../../machines/chart.js";
import { isPublicState, publicStates } from "../../machines/public-states.js";
import { registrationParts } from "../../machines/registration/parts.js";
import { described, type StateMeta, type UndescribedStates } from "../../machines/registration/state-meta.js";
import { type RegistrationSnapshot, registrationMachine } from "../../machines/registration.js";
import { registrationView } from "../../machines/registration-view.js";
import { policy } from "./paths.js";
import { FakePorts } from "./rig.js";

const meta = {
  standing: "backoff",
  meaning: "of the test",
  next: { what: "nothing", after: null },
} as const satisfies StateMeta;

/** The states of `connection` that nothing leaves at once. */
const restingStates = chartOf(registrationMachine).filter(
  ({ id, isPassedThrough, type }) =>
    id.startsWith("registration.connection.") && (type === "atomic" || type === "final") && !isPassedThrough,
);

interface Config {
  readonly initial?: string;
  readonly states?: Readonly<Record<string, Config>>;
}

/** The chart with an empty state at the end of a path, which it starts in. */
function withChild(config: Config, [name = "", ...below]: readonly string[]): Config {
  const inner = config.states?.[name] ?? {};
  return {
    ...config,
    ...(config.initial === undefined ? {} : { initial: name }),
    states: { ...config.states, [name]: below.length > 0 ? withChild(inner, below) : inner },
  };
}

describe("what a state says of itself", () => {
  it("is said by each state that can be rested in, and by no other", () => {
    const saying = chartOf(registrationMachine).filter(({ meta }) => meta !== undefined);
    expect(saying.map(({ id }) => id)).toEqual(restingStates.map(({ id }) => id));
  });

  it("is that it is ready, exactly where the supervisor counts it as serving", () => {
    const lines = restingStates.map(({ id, meta, tags }) => [
      id,
      meta?.standing === "serving",
      tags.includes("ready"),
    ]);
    expect(lines.filter(([, serves, isReady]) => serves !== isReady)).toEqual([]);
    expect(lines.filter(([, serves]) => serves)).toHaveLength(1);
  });

  it("lies in a public state, each of which has some", () => {
    const publicOf = (id: string) => id.split(".").find(isPublicState);
    expect([...new Set(restingStates.map(({ id }) => publicOf(id)))].sort()).toEqual(
      [...publicStates].sort(),
    );
  });

  it("is no readiness when a further child of streaming says nothing", () => {
    const further = withChild(registrationMachine.config as Config, [
      "connection",
      "linked",
      "streaming",
      "further",
    ]);
    const machine = registrationParts
      .createMachine(further as never)
      .provide({ actors: new FakePorts().actors });
    const actor = createActor(machine, { input: { key: "k", policy, random: () => 0 } }).start();
    const view = registrationView(actor.getSnapshot() as unknown as RegistrationSnapshot);
    actor.stop();
    expect(view).toMatchObject({
      state: "streaming",
      child: "further",
      standing: "connecting",
      registered: true,
      meaning: "not taking requests",
      next: { what: "nothing", afterMs: null },
    });
    expect([...view.tags]).toEqual(["registered"]);
  });
});

describe("a state that says nothing of itself", () => {
  it("does not compile when it can be rested in, and the compiler names it", () => {
    const config = registrationParts.createStateConfig({
      initial: "told",
      states: {
        told: { meta },
        passed: { always: "told" },
        decided: { always: [{ guard: "isReconnectOff", target: "told" }, { target: "nested" }] },
        before: { type: "history" },
        nested: {
          initial: "silent",
          states: { silent: {}, waiting: { always: { guard: "isReconnectOff", target: "silent" } } },
        },
      },
    });
    // @ts-expect-error the state nested.silent needs a meta, and so does the state nested.waiting
    described(config);
    const silent: readonly UndescribedStates<typeof config>[] = ["nested.silent", "nested.waiting"];
    // @ts-expect-error the others need none
    const others: readonly UndescribedStates<typeof config>[] = ["told"];
    expect([...silent, ...others]).toHaveLength(3);
  });

  it("compiles when it tells", () => {
    const config = registrationParts.createStateConfig({ initial: "told", states: { told: { meta } } });
    expect(described(config)).toBe(config);
  });
});

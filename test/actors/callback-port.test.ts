/** A callback port is XState's callback actor, with one listener. */
import { describe, expect, it } from "vitest";
import {
  type AnyEventObject,
  type CallbackActorLogic,
  createActor,
  fromCallback,
  sendTo,
  setup,
} from "xstate";
import { callbackPort } from "../../src/actors/callback-port.js";
import { toldByInspection } from "./told-by-inspection.js";

type Logic = CallbackActorLogic<AnyEventObject, string>;
type SendBack = (event: AnyEventObject) => void;

/** What the port has heard, and how it can be made to speak. */
interface Behind {
  readonly heard: unknown[];
  say: SendBack;
}

function run(logic: Logic) {
  const machine = setup({
    types: {} as { events: { type: "leave" } | { type: "ask" } | { type: "said"; what: string } },
    actors: { port: logic },
  }).createMachine({
    id: "chart",
    initial: "on",
    states: {
      on: {
        invoke: { src: "port", id: "port", input: "given", onError: "failed" },
        on: { leave: "left", ask: { actions: sendTo("port", { type: "asked" }) }, said: {} },
      },
      left: { on: { said: "told" } },
      told: {},
      failed: {},
    },
  });
  const told: unknown[] = [];
  const actor = createActor(machine, {
    id: "chart",
    inspect: (one) => told.push(toldByInspection(one)),
  });
  actor.start();
  return { actor, told };
}

const theirs = (behind: Behind): Logic =>
  fromCallback<AnyEventObject, string>(({ input, sendBack, receive }) => {
    behind.say = sendBack;
    behind.heard.push(input);
    sendBack({ type: "said", what: "at once" });
    receive((command) => behind.heard.push(command));
    return () => behind.heard.push("left");
  });

const ours = (behind: Behind): Logic =>
  callbackPort<AnyEventObject, string>(({ input, sendBack }) => {
    behind.say = sendBack;
    behind.heard.push(input);
    sendBack({ type: "said", what: "at once" });
    return {
      receive: (command) => behind.heard.push(command),
      left: () => behind.heard.push("left"),
    };
  });

describe("a callback port", () => {
  it("tells and hears as XState's does, and is silent when it was left", () => {
    const [plain, light] = [theirs, ours].map((logicOf) => {
      const behind: Behind = { heard: [], say: () => {} };
      const { actor, told } = run(logicOf(behind));
      actor.send({ type: "ask" });
      behind.say({ type: "said", what: "later" });
      actor.send({ type: "leave" });
      behind.say({ type: "said", what: "too late" });
      return { told, heard: behind.heard, value: actor.getSnapshot().value };
    });
    expect(light).toEqual(plain);
    expect(light).toMatchObject({ heard: ["given", { type: "asked" }, "left"], value: "left" });
  });

  it("fails as XState's does where it cannot begin", () => {
    const failing = () => {
      throw new Error("no");
    };
    const [plain, light] = [
      fromCallback<AnyEventObject, string>(failing),
      callbackPort<AnyEventObject, string>(failing),
    ].map((logic) => {
      const { actor, told } = run(logic);
      return { told, value: actor.getSnapshot().value };
    });
    expect(light).toEqual(plain);
    expect(light?.value).toBe("failed");
  });

  it("takes what it is sent, and its end, where it was over at once", () => {
    const { actor } = run(callbackPort<AnyEventObject, string>(() => undefined));
    actor.send({ type: "ask" });
    actor.send({ type: "leave" });
    expect(actor.getSnapshot().value).toBe("left");
  });

  it("stands as XState's does for who keeps its snapshot", () => {
    const [plain, light] = [
      fromCallback<AnyEventObject, string>(() => {}),
      callbackPort<AnyEventObject, string>(() => undefined),
    ].map((logic) => createActor(logic, { input: "given" }).start().getPersistedSnapshot());
    expect(light).toEqual(plain);
  });
});

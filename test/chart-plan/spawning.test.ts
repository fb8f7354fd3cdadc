import { describe, expect, it } from "vitest";
import {
  type Actor,
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
  assign,
  createActor,
  createMachine,
  fromCallback,
  spawnChild,
} from "xstate";
import { planned } from "../../src/chart-plan/planned.js";

const port = fromCallback<AnyEventObject, unknown>(() => {});

type Given = { readonly context: { readonly name: string }; readonly event: { readonly type: string } };

const nameIn = ({ context: { name }, event: { type } }: Given) => [name, type];

const config = {
  context: { name: "one" },
  invoke: [
    { src: "port", id: "named", input: nameIn },
    { src: "port", id: "listed", systemId: "listed", input: 7 },
    { src: "port", id: "watched", onSnapshot: {} },
    { src: port, id: "inline" },
  ],
  entry: [
    spawnChild("port", { id: "spawned", syncSnapshot: true }),
    assign({
      one: ({ spawn }) => spawn("port", { id: "assigned", input: nameIn, systemId: "two" } as never),
    }),
    assign({ two: ({ spawn }) => spawn("port") }),
    assign({ three: ({ spawn }) => spawn(port, { id: "free", input: nameIn } as never) }),
  ],
};

const machine: AnyStateMachine = createMachine(config as never, { actors: { port } });

/** Ids that XState counts are left out. */
function facts(actor: AnyActorRef) {
  const { options, id, src, _parent, systemId } = actor as Actor<typeof port>;
  const { id: _, parent, ...others } = options as typeof options & { readonly parent: AnyActorRef };
  return {
    id: id.startsWith("x:") ? "counted" : id,
    src,
    systemId,
    others,
    input: actor.getSnapshot().input,
    isChild: parent === _parent && parent.getSnapshot().children[id] === actor,
    status: actor.getSnapshot().status,
  };
}

const childrenOf = (logic: AnyStateMachine): readonly AnyActorRef[] =>
  Object.values(createActor(logic).start().getSnapshot().children);

describe("the children of a planned machine", () => {
  it("are as XState makes them, with the same options", () => {
    const plain = childrenOf(machine).map(facts);
    expect(childrenOf(planned(machine)).map(facts)).toEqual(plain);
    const ids = plain.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining([
        "named",
        "listed",
        "watched",
        "inline",
        "spawned",
        "assigned",
        "counted",
        "free",
      ]),
    );
    expect(plain.every(({ isChild, status }) => isChild && status === "active")).toBe(true);
  });

  it("fail as XState says where they have no logic", () => {
    const errorOf = (logic: AnyStateMachine): unknown => {
      const actor = createActor(logic);
      actor.subscribe({ error: () => {} });
      return actor.start().getSnapshot().error;
    };
    const entry = assign({ one: ({ spawn }) => spawn("nobody") });
    const without: AnyStateMachine = createMachine({ id: "lonely", entry, context: {} } as never);
    expect(errorOf(without)).toBeInstanceOf(Error);
    expect(errorOf(planned(without))).toEqual(errorOf(without));
  });
});

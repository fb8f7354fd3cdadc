/** All that a machine's definition says, as plain data: two machines of one shape behave alike, given the same parts. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";

/** An action, a guard or a delay: its name, with the parameters that are written down. */
function partOf(part: unknown): unknown {
  if ((typeof part !== "object" && typeof part !== "function") || part === null) return part;
  const { type, params, id, delay }: { [Field in "type" | "params" | "id" | "delay"]?: unknown } = part;
  // Of XState itself, such as the timers of `after`; others have to have names.
  if (typeof part === "function") return type === undefined ? `function ${part.name}` : { type, id, delay };
  return params === undefined || typeof params === "function" ? type : { type, params };
}

const transitionOf = (transition: AnyTransitionDefinition) => ({
  event: transition.eventType,
  guard: partOf(transition.guard),
  targets: transition.target?.map(({ id }) => id),
  actions: transition.actions.map(partOf),
  reenter: transition.reenter,
  description: transition.description,
});

function shapeOfState(node: AnyStateNode): object {
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    history: node.history,
    description: node.description,
    tags: node.tags,
    meta: node.meta,
    initial: node.initial?.target?.map(({ id }) => id),
    entry: node.entry.map(partOf),
    exit: node.exit.map(partOf),
    invokes: node.invoke.map(({ id, src }) => ({ id, src })),
    delays: node.after.map(({ delay }) => delay),
    always: node.always?.map(transitionOf),
    transitions: [...node.transitions].map(([event, candidates]) => [event, candidates.map(transitionOf)]),
    states: Object.values(node.states).map(shapeOfState),
  };
}

const isNamed = (value: unknown): value is { readonly type: unknown } =>
  typeof value === "object" && value !== null && "type" in value && "params" in value;

/** For definitions that leave data out, such as those of the inspection feed. */
export function shapeOf(machine: AnyStateMachine, how?: "without parameters"): object {
  const shape = shapeOfState(machine.root);
  if (how === undefined) return shape;
  return JSON.parse(JSON.stringify(shape, (_, value) => (isNamed(value) ? value.type : value)));
}

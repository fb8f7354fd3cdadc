/**
 * A machine's chart as plain data, `always` included, for diagrams, tables and proofs about the chart. Reads
 * machines; is never part of one.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
import { readableEvent } from "./event-names.js";
import { pathId, transitionKey } from "./transition-key.js";

export interface ChartTransition {
  /** Unique in the machine: source, event and place in the list of candidates. */
  readonly key: string;
  /** The event for people; `always` for an eventless one. */
  readonly event: string;
  readonly guard: string | null;
  /** Why it is taken, where its event and its guard do not say it. */
  readonly description: string | null;
  /** Ids of the targets; none for a transition that only acts. */
  readonly targets: readonly string[];
  readonly actions: readonly string[];
}

export interface ChartNode {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  readonly type: string;
  readonly initial: string | null;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  /** Left at once, by a transition that needs no event: nobody rests there. */
  readonly isPassedThrough: boolean;
  /** Actors that live as long as the state: id and source. */
  readonly invokes: readonly { readonly id: string; readonly src: string }[];
  readonly transitions: readonly ChartTransition[];
  /** Names of the actions at its entry and its exit. */
  readonly entry: readonly string[];
  readonly exit: readonly string[];
}

/** The name of a guard or an action, whichever of XState's forms it has. */
function nameOf(part: unknown): string {
  if (typeof part === "string") return part;
  if (typeof part === "object" && part !== null && "type" in part) return String(part.type);
  if (typeof part === "function") return part.name;
  return "unnamed";
}

function initialOf(node: AnyStateNode): string | null {
  const [target] = node.initial.target;
  return target ? pathId(target) : null;
}

const candidates = (node: AnyStateNode): readonly AnyTransitionDefinition[] => [
  ...(node.always ?? []),
  ...[...node.transitions.values()].flat(),
];

function transitionOf(transition: AnyTransitionDefinition): ChartTransition {
  return {
    key: transitionKey(transition),
    event: transition.eventType ? readableEvent(transition.eventType) : "always",
    guard: transition.guard === undefined ? null : nameOf(transition.guard),
    description: transition.description ?? null,
    targets: (transition.target ?? []).map(pathId),
    actions: transition.actions.map(nameOf),
  };
}

function nodesOf(node: AnyStateNode): ChartNode[] {
  const children = Object.values(node.states);
  return [
    {
      id: pathId(node),
      name: node.key,
      parent: node.parent ? pathId(node.parent) : null,
      type: node.type,
      initial: node.type === "compound" ? initialOf(node) : null,
      description: node.description ?? null,
      tags: node.tags,
      meta: node.meta,
      isPassedThrough: node.always?.some(({ guard }) => guard === undefined) ?? false,
      invokes: node.invoke.map(({ id, src }) => ({ id, src: typeof src === "string" ? src : "inline" })),
      transitions: candidates(node).map(transitionOf),
      entry: node.entry.map(nameOf),
      exit: node.exit.map(nameOf),
    },
    ...children.flatMap(nodesOf),
  ];
}

/** All states in the order of the chart, the root first. */
export const chartOf = (machine: AnyStateMachine): readonly ChartNode[] => nodesOf(machine.root);

/** The state and its ancestors, innermost first. */
export function lineage(chart: readonly ChartNode[], id: string): readonly ChartNode[] {
  const node = chart.find((one) => one.id === id);
  if (!node) return [];
  return node.parent === null ? [node] : [node, ...lineage(chart, node.parent)];
}

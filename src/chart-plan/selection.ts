/** Which transitions an event may take, in the order in which XState asks for them. */
import { type AnyEventObject, assertEvent, type StateValue } from "xstate";
import type { Guard, GuardAsker } from "./guards.js";
import type { Node, Transition } from "./xstate-internals.js";

/** A state's own transitions are asked when those of the states below it take nothing. */
export interface Asking {
  readonly node: Node;
  readonly below: readonly Asking[];
  readonly own: readonly Candidate[];
}

/** A transition, and the list of it alone, which is the answer where it is taken: one list, however often. */
interface Candidate {
  readonly transition: Transition;
  readonly alone: readonly Transition[];
}

const candidate = (transition: Transition): Candidate => ({ transition, alone: [transition] });

const none: readonly never[] = [];

/** Whether a transition for this descriptor may be taken at this event, as XState sees it. */
function fits(descriptor: string, type: string): boolean {
  if (descriptor === type) return true;
  if (!descriptor.includes("*")) return false;
  try {
    assertEvent({ type }, descriptor as never);
    return true;
  } catch {
    return false;
  }
}

/** Those of the event itself, then the wildcards, the longest first. */
function candidates({ transitions }: Node, type: string): readonly Transition[] {
  const wildcards = [...transitions.keys()].filter((name) => name !== type && fits(name, type));
  const names = [type, ...wildcards.sort((a, b) => b.length - a.length)];
  return names.flatMap((name): readonly Transition[] => transitions.get(name) ?? none);
}

/** Of the states that XState asks: it goes by the value, whose states are not always all in the list. */
export function askingOf(node: Node, value: StateValue | undefined, type: string): Asking {
  const states = typeof value === "string" ? [[value, undefined] as const] : Object.entries(value ?? {});
  const below = states
    .map(([key, inner]) => askingOf(node.states[key] as Node, inner, type))
    .filter((asking) => asking.below.length + asking.own.length > 0);
  return { node, below, own: candidates(node, type).map(candidate) };
}

export const asksGuards = ({ below, own }: Asking): boolean =>
  own.some(({ transition }) => transition.guard !== undefined) || below.some(asksGuards);

/** What the event takes: of parallel states, all that they take together. */
export function taken(asking: Asking, event: AnyEventObject, asker: GuardAsker): readonly Transition[] {
  const { below, own, node } = asking;
  let found: readonly Transition[] = none;
  for (let at = 0; at < below.length; at += 1) {
    const more = taken(below[at] as Asking, event, asker);
    found = found.length === 0 ? more : [...found, ...more];
  }
  if (found.length > 0) return found;
  for (let at = 0; at < own.length; at += 1) {
    const { transition, alone } = own[at] as Candidate;
    if (isOpen(transition, event, node, asker)) return alone;
  }
  return none;
}

function isOpen({ guard }: Transition, { type }: AnyEventObject, { id }: Node, asker: GuardAsker): boolean {
  if (!guard) return true;
  try {
    return asker.says(guard as Guard);
  } catch (error) {
    const name = typeof guard === "string" ? guard : typeof guard === "object" ? guard.type : undefined;
    const named = name ? `'${name}' ` : "";
    throw new Error(
      `Unable to evaluate guard ${named}in transition for event '${type}' in state node '${id}':\n${(error as Error).message}`,
    );
  }
}

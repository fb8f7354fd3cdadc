/** Transitions by their keys, each made once. */
import type { AnyTransitionDefinition } from "xstate";
import { transitionKey } from "../../machines/transition-key.js";

const keys = new WeakMap<AnyTransitionDefinition, string>();

export function keyOf(transition: AnyTransitionDefinition): string {
  const key = keys.get(transition) ?? transitionKey(transition);
  keys.set(transition, key);
  return key;
}

/** Names of states and transitions that are the same while a machine runs and in its drawn chart. */
import type { AnyStateNode, AnyTransitionDefinition } from "xstate";

/** A state by its path from the machine, whatever other id it has. */
export const pathId = ({ machine, path }: AnyStateNode): string => [machine.id, ...path].join(".");

/** The key of a transition as XState reports it while it runs, to compare with the chart. */
export function transitionKey(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const siblings = source.always?.includes(transition)
    ? source.always
    : (source.transitions.get(eventType) ?? []);
  return `${pathId(source)} ${eventType || "always"} ${siblings.indexOf(transition)}`;
}

/** The names of XState's own events, for people: journal, diagrams, tables. */

/** Names that were worked out: thousands of registrations take the same few events. */
const known = new Map<string, string>();
/** Ids of a user's own actors are in such names, too. */
const mostKnown = 1_000;

/**
 * `xstate.after.backoffDelay.registration…` → `after backoffDelay`; an event of ours keeps its name.
 *
 * @example
 * ```ts
 * import { readableEvent } from "mooring/machines";
 *
 * console.log(readableEvent("xstate.done.actor.opening")); // opening done
 * ```
 */
export function readableEvent(type: string): string {
  if (!type.startsWith("xstate.")) return type;
  let name = known.get(type);
  if (name === undefined) {
    name = nameOf(type);
    if (known.size < mostKnown) known.set(type, name);
  }
  return name;
}

function nameOf(type: string): string {
  const [, kind, name = "", ...rest] = type.split(".");
  if (kind === "init") return "start";
  if (kind === "after") return `after ${name}`;
  const actor = rest.join(".");
  if (kind === "done" && name === "actor") return `${actor} done`;
  if (kind === "error" && name === "actor") return `${actor} failed`;
  return type;
}

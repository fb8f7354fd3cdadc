/** The names of XState's own events, for people: journal, diagrams, tables. */

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
  const [origin, kind, name = ""] = type.split(".");
  if (origin !== "xstate") return type;
  if (kind === "init") return "start";
  if (kind === "after") return `after ${name}`;
  const actor = type.split(".").slice(3).join(".");
  if (kind === "done" && name === "actor") return `${actor} done`;
  if (kind === "error" && name === "actor") return `${actor} failed`;
  return type;
}

/** Tells of each guard of a machine that is asked, and what it said. */
import type { AnyStateMachine } from "xstate";
import type { Asked } from "./entry.js";

type Guard = (args: unknown, params: unknown) => boolean;

/** Guards that are made of others (`and`, `not`) ask those by their names. */
const isPlain = (guard: unknown): guard is Guard => typeof guard === "function" && !("check" in guard);

/** The machine must be one of your own, as `provide()` returns it. */
export function hearGuards(machine: AnyStateMachine, tell: (asked: Asked) => void): void {
  const guards: Record<string, unknown> = machine.implementations.guards;
  for (const [name, guard] of Object.entries(guards)) {
    if (!isPlain(guard)) continue;
    // There are two of them, however often it is asked.
    const yes: Asked = [name, true];
    const no: Asked = [name, false];
    guards[name] = (args: unknown, params: unknown) => {
      const said = guard(args, params);
      tell(said ? yes : no);
      return said;
    };
  }
}

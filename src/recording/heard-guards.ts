/** Tells of each guard of a machine that is asked, and what it said. */
import type { AnyStateMachine } from "xstate";

type Guard = (...args: readonly unknown[]) => boolean;

/** Guards that are made of others (`and`, `not`) ask those by their names. */
const isPlain = (guard: unknown): guard is Guard => typeof guard === "function" && !("check" in guard);

/** The machine must be one of your own, as `provide()` returns it. */
export function hearGuards(machine: AnyStateMachine, tell: (guard: string, said: boolean) => void): void {
  const guards: Record<string, unknown> = machine.implementations.guards;
  for (const [name, guard] of Object.entries(guards)) {
    if (!isPlain(guard)) continue;
    guards[name] = (...args: readonly unknown[]) => {
      const said = guard(...args);
      tell(name, said);
      return said;
    };
  }
}

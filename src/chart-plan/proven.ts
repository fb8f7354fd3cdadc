/** With which XState plans are proven, and whether a machine is made by it. */
import { createRequire } from "node:module";
import { type AnyStateMachine, StateMachine } from "xstate";

/** Every version on which `test/chart-plan/` has compared planned machines with plain ones. */
export const provenVersions: readonly string[] = ["5.33.3"];

/**
 * The version of the XState that this module has imported; undefined where that is not certain. The package that is found
 * here need not be the one that was imported: a bundle has a copy of its own. So both must be one and the same class.
 */
export function importedVersion(
  require: NodeJS.Require = createRequire(import.meta.url),
): string | undefined {
  try {
    if (require("xstate").StateMachine !== StateMachine) return undefined;
    return String(require("xstate/package.json").version);
  } catch {
    return undefined;
  }
}

let isProvenVersion: boolean | undefined;

/** Nobody stands between the machine and its own steps, as a recorder does. */
const isItself = ({ transition, getInitialSnapshot }: AnyStateMachine): boolean =>
  transition.name === "bound transition" && getInitialSnapshot.name === "bound getInitialSnapshot";

/** Made by the XState of this module, in a proven version; without a limit of iterations, which plans do not count. */
export function isProven(machine: AnyStateMachine): boolean {
  isProvenVersion ??= provenVersions.includes(importedVersion() ?? "");
  return (
    isProvenVersion &&
    Object.getPrototypeOf(machine) === StateMachine.prototype &&
    machine.options.maxIterations === Number.POSITIVE_INFINITY &&
    isItself(machine)
  );
}

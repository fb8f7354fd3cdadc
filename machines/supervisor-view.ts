/** What the supervisor's snapshot says, as pure functions: readiness is never a flag. */
import { activeOf, type SupervisorSnapshot, totalOf } from "./supervisor.js";

/** Whether registrations run, finish, or have ended. */
export type SupervisorPhase = "running" | "draining" | "stopped";

/**
 * Every registration serves, and there is one. PENDING is not ready.
 *
 * @example
 * ```ts
 * import { isReady, supervisorMachine } from "mooring/machines";
 * import { createActor } from "xstate";
 *
 * const supervisor = createActor(supervisorMachine, { input: { partitionSize: 32 } });
 * console.log(isReady(supervisor.getSnapshot())); // false
 * ```
 */
export function isReady(snapshot: SupervisorSnapshot): boolean {
  const { counts } = snapshot.context;
  return supervisorPhase(snapshot) === "running" && counts.serving > 0 && counts.serving === totalOf(counts);
}

/**
 * The phase of the supervisor, of its snapshot.
 *
 * @example
 * ```ts
 * import { supervisorMachine, supervisorPhase } from "mooring/machines";
 * import { createActor } from "xstate";
 *
 * const supervisor = createActor(supervisorMachine, { input: { partitionSize: 32 } });
 * console.log(supervisorPhase(supervisor.getSnapshot())); // running
 * ```
 */
export function supervisorPhase(snapshot: SupervisorSnapshot): SupervisorPhase {
  if (snapshot.status !== "active" || snapshot.matches("stopped")) return "stopped";
  return snapshot.matches({ active: "running" }) ? "running" : "draining";
}

/**
 * The stage of a drain: `quiesce`, `finishing`, `cancelling` or `forced`; null outside one.
 *
 * @example
 * ```ts
 * import { drainStage, supervisorMachine } from "mooring/machines";
 * import { createActor } from "xstate";
 *
 * const supervisor = createActor(supervisorMachine, { input: { partitionSize: 32 } });
 * console.log(drainStage(supervisor.getSnapshot())); // null
 * ```
 */
export function drainStage(snapshot: SupervisorSnapshot): "finishing" | "cancelling" | "forced" | null {
  for (const stage of ["finishing", "cancelling", "forced"] as const) {
    if (snapshot.matches({ active: { draining: stage } })) return stage;
  }
  return null;
}

/**
 * Registrations that are neither stopped, paused nor parked.
 *
 * @example
 * ```ts
 * import { activeRegistrations, supervisorMachine } from "mooring/machines";
 * import { createActor } from "xstate";
 *
 * const supervisor = createActor(supervisorMachine, { input: { partitionSize: 32 } });
 * console.log(activeRegistrations(supervisor.getSnapshot())); // 0
 * ```
 */
export const activeRegistrations = (snapshot: SupervisorSnapshot): number =>
  activeOf(snapshot.context.counts);

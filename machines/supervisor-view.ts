/** What the supervisor's snapshot says, as pure functions: readiness is never a flag. */
import { activeOf, type SupervisorSnapshot, totalOf } from "./supervisor.js";

export type SupervisorPhase = "running" | "draining" | "stopped";

/** Every registration serves, and there is one. PENDING is not ready. */
export function isReady(snapshot: SupervisorSnapshot): boolean {
  const { counts } = snapshot.context;
  return supervisorPhase(snapshot) === "running" && counts.serving > 0 && counts.serving === totalOf(counts);
}

export function supervisorPhase(snapshot: SupervisorSnapshot): SupervisorPhase {
  if (snapshot.status !== "active" || snapshot.matches("stopped")) return "stopped";
  return snapshot.matches({ active: "running" }) ? "running" : "draining";
}

/** The stage of a drain: `quiesce`, `finishing`, `cancelling` or `forced`; null outside one. */
export function drainStage(snapshot: SupervisorSnapshot): "finishing" | "cancelling" | "forced" | null {
  for (const stage of ["finishing", "cancelling", "forced"] as const) {
    if (snapshot.matches({ active: { draining: stage } })) return stage;
  }
  return null;
}

/** Registrations that are neither stopped, paused nor parked. */
export const activeRegistrations = (snapshot: SupervisorSnapshot): number =>
  activeOf(snapshot.context.counts);

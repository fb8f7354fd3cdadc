/** What a status means where no state of the chart says so: the registration is outside its machine, or at its end. */
import type { StopReason } from "../../machines/index.js";
import type { RegistrationStatus } from "./status.js";

/** For `stopped`, by its reason. */
const ended: Readonly<Record<StopReason, string>> = {
  failed: "ended at the first failure, because reconnect is off",
  shutdown: "ended, because the runtime was drained or closed",
  paused: "ended by pause()",
  removed: "ended by remove()",
};

/** For `parked`, by the causes that a worker thread is. */
const workerlessMeaning: Readonly<Record<string, string>> = {
  "worker-refused": "no worker can host it",
  "worker-died": "given up, because its worker thread ended too often",
};

type Facts = Pick<RegistrationStatus, "state" | "stopReason" | "cause">;

/** Undefined: its state has a `meaning` of its own. */
export function meaningAtRest({ state, stopReason, cause }: Facts): string | undefined {
  if (state === "paused") return "set aside by pause()";
  if (state === "parked")
    return workerlessMeaning[cause ?? ""] ?? "given up after faults inside this process, which the log has";
  return state === "stopped" && stopReason ? ended[stopReason] : undefined;
}

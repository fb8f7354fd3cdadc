/** Whether a runtime takes requests, and whether its process is worth keeping: pure functions of its status. */
import { type RegistrationStatus, type RuntimeStatus, statePath } from "../runtime/status.js";

/** A registration that does not take requests. */
export interface NotReady {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** `state.child`, or the state alone. */
  readonly state: string;
  /** Why, in words; safe to print. */
  readonly why: string;
}

/** What a probe is told. */
export interface Health {
  /** What decides the answer: 200 or 503. */
  readonly ok: boolean;
  /** `running`, `draining` or `stopped`. */
  readonly phase: RuntimeStatus["phase"];
  /** How many registrations there are. */
  readonly registrations: number;
  /** How many of them take requests. */
  readonly ready: number;
  /** The first of those that do not, at most 20. */
  readonly notReady: readonly NotReady[];
}

/** Whether all registrations have to be ready, or one. */
export type ReadyWhen = "all" | "some";

/** How many are named: an answer stays short, however many there are. */
const mostNamed = 20;

/** A heartbeat that was not answered in time: the stream may be deaf, whatever its state says. */
const isDeaf = ({ signs }: RegistrationStatus): boolean => signs.isDoubted;

const takesRequests = (status: RegistrationStatus): boolean => status.ready && !isDeaf(status);

/** In a full status, why; cause and code are names, and no text of a peer. */
function whyNot(status: RegistrationStatus): string {
  if (status.ready) return "its last heartbeat was not answered in time";
  const { meaning, cause, code } = status;
  if (cause === null) return meaning;
  return `${meaning} (${cause}${code === null ? "" : `, ${code}`})`;
}

function healthOf({ phase, registrations }: RuntimeStatus, ok: (ready: number) => boolean): Health {
  const waiting = registrations.filter((one) => !takesRequests(one));
  const ready = registrations.length - waiting.length;
  return {
    ok: ok(ready),
    phase,
    registrations: registrations.length,
    ready,
    notReady: waiting.slice(0, mostNamed).map((one) => ({
      key: one.key,
      state: statePath(one.state, one.child),
      why: whyNot(one),
    })),
  };
}

/**
 * Whether requests are taken now: `ok` when all registrations (or with `some`, one) are registered, approved, and answered
 * their last heartbeat. Never while the runtime drains, nor without a registration.
 *
 * @example
 * ```ts
 * import { createRuntime } from "mooring";
 * import { readiness } from "mooring/health";
 *
 * const { ok, notReady } = readiness(createRuntime().status());
 * console.log(ok, notReady); // false, []: there is no registration
 * ```
 */
export function readiness(status: RuntimeStatus, readyWhen: ReadyWhen = "all"): Health {
  const least = readyWhen === "all" ? Math.max(1, status.registrations.length) : 1;
  return healthOf(status, (ready) => status.phase === "running" && ready >= least);
}

const gaveUp = ({ state, stopReason }: RegistrationStatus): boolean =>
  state === "parked" || (state === "stopped" && stopReason === "failed");

/**
 * Whether a new process would help no more than this one: `ok` unless the runtime has stopped, or every registration was
 * given up. A gateway that is away is no reason to end a process that connects by itself as soon as it is back.
 *
 * @example
 * ```ts
 * import { createRuntime } from "mooring";
 * import { liveness } from "mooring/health";
 *
 * console.log(liveness(createRuntime().status()).ok); // true
 * ```
 */
export function liveness(status: RuntimeStatus): Health {
  const { phase, registrations } = status;
  const isGivenUp = registrations.length > 0 && registrations.every(gaveUp);
  return healthOf(status, () => phase !== "stopped" && !isGivenUp);
}

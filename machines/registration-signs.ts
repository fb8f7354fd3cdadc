/** What of a registration's snapshot tells of trouble beside its public state. Pure. */
import type { RegistrationSnapshot } from "./registration.js";

/** What the machine and its children say of trouble. */
interface RegistrationSigns {
  /** Its wait is as long as waits between tries ever are. */
  readonly waitsLongest: boolean;
  /** `failing`: the steps to a token are spent, or it is refused. `late`: the renewal failed so far. */
  readonly credentials: "fine" | "late" | "failing";
  /** A heartbeat was not answered in time. */
  readonly isDoubted: boolean;
}

/** Of a registration without a machine. */
export const noSigns: RegistrationSigns = { waitsLongest: false, credentials: "fine", isDoubted: false };

function credentialsIn({ children }: RegistrationSnapshot): RegistrationSigns["credentials"] {
  const snapshot = children.credentials?.getSnapshot();
  if (!snapshot) return "fine";
  if (snapshot.matches("unavailable") || snapshot.matches("refused")) return "failing";
  return snapshot.matches({ renewing: "waiting" }) ? "late" : "fine";
}

export function registrationSigns(snapshot: RegistrationSnapshot): RegistrationSigns {
  const { backoffMs, policy } = snapshot.context;
  return {
    waitsLongest: backoffMs > 0 && backoffMs >= policy.backoff.maxMs,
    credentials: credentialsIn(snapshot),
    isDoubted: snapshot.children.liveness !== undefined,
  };
}

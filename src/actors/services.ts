/**
 * What the port adapters find by a registration's key. The runtime fills it; machines never see it.
 */
import type { RegistrationCredentials } from "../credentials/credentials.js";
import type { Doors } from "../doors/doors.js";
import type { Execution } from "../execution/execution.js";
import type { RoundTrips } from "../session/metrics-report.js";
import type { StreamSession } from "../session/session.js";
import type { Transport, TransportInUse, WireKind } from "../transport/transport.js";

/** The parts of one registration that outlive its streams. */
export interface RegistrationServices {
  readonly credentials: RegistrationCredentials;
  readonly execution: Execution;
  /** Invocations and relayed WebSockets. */
  readonly doors: Doors;
  /** Of its heartbeats. */
  readonly roundTrips: RoundTrips;
  /** A stream of it is open, over this. */
  carriedOver(kind: WireKind): void;
  /** What its stream goes over, or its next one will. */
  transport(hasStream: boolean): TransportInUse;
  /** Calls back when the connector says other things of itself; undefined where it never does. */
  readonly watchDescription?: ((listener: () => void) => () => void) | undefined;
  /** A session for one try to open a stream. */
  createSession(): StreamSession;
}

export interface Services {
  readonly transport: Transport;
  /** The look for credentials at hand; then dial and first write. Minting tokens may take three times as long. In ms. */
  readonly connectTimeoutMs: number;
  /** Throws when there is no such registration: a port is never asked for one that was removed. */
  registration(key: string): RegistrationServices;
}

/** Statuses by themselves, for what reads them. */
import type { RegistrationStatus, RuntimeStatus } from "mooring";
import { noCounters } from "../../machines/index.js";
import { noWork } from "../../src/execution/work-counters.js";
import { noSigns } from "../../src/troubles/troubles.js";

export const counters = (figures: Partial<RegistrationStatus["counters"]> = {}) => ({
  ...noCounters,
  ...noWork(),
  ...figures,
});

/** One that serves, but for what is said. */
export const status = (facts: Partial<RegistrationStatus> = {}): RegistrationStatus => ({
  key: "t.echo.1",
  arn: "matrix:t:echo:1",
  state: "streaming",
  child: "serving",
  ready: true,
  tags: ["ready", "registered"],
  meaning: "registered and taking requests",
  advice: null,
  since: 0,
  enteredBy: null,
  cause: null,
  code: null,
  detail: null,
  stopReason: null,
  nextAction: { what: "heartbeat", at: null },
  credentialSource: null,
  hasSessionToken: false,
  otherGateway: null,
  attempt: 0,
  counters: counters(),
  work: { running: 0, queued: 0, slots: 100, unconfirmed: 0 },
  roundTripMs: null,
  signs: noSigns,
  unexpectedEvents: 0,
  staleEvents: 0,
  restarts: 0,
  worker: null,
  transport: { kind: "gRPC", why: null },
  ...facts,
});

export const runtimeStatus = (
  registrations: readonly RegistrationStatus[],
  phase: RuntimeStatus["phase"] = "running",
): RuntimeStatus => ({
  ready: phase === "running" && registrations.length > 0 && registrations.every(({ ready }) => ready),
  phase,
  gateway: "grpc://localhost:50061",
  transport: { kind: "gRPC", why: null },
  registrations,
  channels: [],
});

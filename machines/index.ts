/**
 * The statecharts by themselves: drive them with ports and a clock of your own, draw them, read their snapshots.
 *
 * @module mooring/machines
 */
export { type BackoffPolicy, backoffDelay, refusedDelay, withHint } from "./backoff.js";
export { type Counters, countTransition, disconnectReason, noCounters } from "./counters.js";
export type { CredentialsInput } from "./credentials/types.js";
export { credentialsMachine } from "./credentials.js";
export { readableEvent } from "./event-names.js";
export {
  type DisconnectReason,
  type Failure,
  type FailureCause,
  type FailureKind,
  failureOf,
} from "./failure.js";
export { livenessMachine } from "./liveness.js";
export type { LivenessInput } from "./liveness-delays.js";
export {
  type McpLinkCommand,
  type McpServerEvent,
  type McpServerInput,
  type McpServerPolicy,
  mcpServerMachine,
} from "./mcp-server.js";
export {
  type PartitionEmitted,
  type PartitionEvent,
  type PartitionInput,
  partitionMachine,
} from "./partition.js";
export { defaultPolicy, type RegistrationPolicy } from "./policy.js";
export type {
  ApprovalStatus,
  CredentialSource,
  CredentialsEvent,
  FindInput,
  FoundCredentials,
  MintedToken,
  MintInput,
  Movement,
  OpenedStream,
  OpenOutcome,
  OpenStreamInput,
  Outcome,
  PartitionsCommand,
  PartitionsEvent,
  RegisterKeyInput,
  RegistrationCommand,
  RegistrationSpec,
  Standing,
  StepOutcome,
  StreamCommand,
  StreamEvent,
  StreamInput,
  StreamLogic,
  WorkCommand,
  WorkEvent,
  WorkInput,
  WorkLogic,
} from "./ports.js";
export { streamActor, UnprovidedPortError } from "./ports.js";
export { type PublicState, publicStates } from "./public-states.js";
export type { AdviceKey, StateMeta, StateTag } from "./registration/state-meta.js";
export type {
  NoteCode,
  RegistrationCommandEvent,
  RegistrationEmitted,
  RegistrationInput,
  RegistrationOutput,
  StopReason,
} from "./registration/types.js";
export {
  type RegistrationActor,
  type RegistrationSnapshot,
  registrationMachine,
} from "./registration.js";
export {
  type NextStep,
  publicState,
  type RegistrationView,
  registrationView,
} from "./registration-view.js";
export { restartIntensity } from "./restarts.js";
export {
  type LineCommand,
  type SocketEnd,
  type SocketEvent,
  socketMachine,
} from "./socket.js";
export type { SocketPolicy } from "./socket-delays.js";
export {
  type StandingCounts,
  type SupervisorActor,
  type SupervisorEmitted,
  type SupervisorEvent,
  type SupervisorInput,
  type SupervisorSnapshot,
  supervisorMachine,
} from "./supervisor.js";
export {
  activeRegistrations,
  drainStage,
  isReady,
  type SupervisorPhase,
  supervisorPhase,
} from "./supervisor-view.js";

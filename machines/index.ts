/** The machines: every export by name. */
export { backoffDelay, refusedDelay, withHint } from "./backoff.js";
export { type Counters, countTransition, disconnectReason, noCounters } from "./counters.js";
export { credentialsMachine } from "./credentials.js";
export { readableEvent } from "./event-names.js";
export {
  type DisconnectReason,
  type Failure,
  type FailureCause,
  type FailureKind,
  failureOf,
} from "./failure.js";
export {
  type HostedEffect,
  type HostedEvent,
  type HostedState,
  type HostedStep,
  hostedFromStart,
  hostedRegistrationMachine,
  hostedStanding,
  hostedStep,
} from "./hosted-registration.js";
export { livenessMachine } from "./liveness.js";
export { type PartitionEmitted, partitionMachine } from "./partition.js";
export { defaultPolicy, type RegistrationPolicy } from "./policy.js";
export type {
  CredentialSource,
  CredentialsEvent,
  Movement,
  PartitionsCommand,
  PartitionsEvent,
  RegistrationCommand,
  RegistrationSpec,
  Standing,
  ThreadCommand,
  ThreadEvent,
} from "./ports.js";
export { streamActor } from "./ports.js";
export { type PublicState, publicStates } from "./public-states.js";
export type { AdviceKey, StateMeta, StateTag } from "./registration/state-meta.js";
export type { NoteCode, RegistrationEmitted, RegistrationOutput, StopReason } from "./registration/types.js";
export { type RegistrationActor, type RegistrationSnapshot, registrationMachine } from "./registration.js";
export {
  type NextStep,
  publicState,
  type RegistrationView,
  registrationView,
} from "./registration-view.js";
export { restartIntensity } from "./restarts.js";
export {
  type StandingCounts,
  type SupervisorActor,
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
export { type WorkerEmitted, type WorkerEvent, type WorkerMachineInput, workerMachine } from "./worker.js";

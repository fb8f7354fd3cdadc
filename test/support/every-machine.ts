/** All machines, in the order of the documents. */
import type { AnyStateMachine } from "xstate";
import { credentialsMachine } from "../../machines/credentials.js";
import { hostedRegistrationMachine } from "../../machines/hosted-registration.js";
import { livenessMachine } from "../../machines/liveness.js";
import { mcpServerMachine } from "../../machines/mcp-server.js";
import { partitionMachine } from "../../machines/partition.js";
import { registrationMachine } from "../../machines/registration.js";
import { socketMachine } from "../../machines/socket.js";
import { supervisorMachine } from "../../machines/supervisor.js";
import { transportChoiceMachine } from "../../machines/transport-choice.js";
import { workerMachine } from "../../machines/worker.js";

export const machines: readonly AnyStateMachine[] = [
  registrationMachine,
  credentialsMachine,
  livenessMachine,
  partitionMachine,
  supervisorMachine,
  workerMachine,
  hostedRegistrationMachine,
  socketMachine,
  transportChoiceMachine,
  mcpServerMachine,
];

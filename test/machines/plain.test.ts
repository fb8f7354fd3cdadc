import { describe, expect, it } from "vitest";
import { type AnyStateMachine, createMachine } from "xstate";
import { chartOf } from "../../machines/chart.js";
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

const machines: readonly AnyStateMachine[] = [
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

/** What Stately's tools are given: a chart without functions. */
describe.each(machines.map((machine) => [machine.id, machine] as const))(
  "the chart of the %s",
  (_, machine) => {
    it("says the same as plain JSON: states, transitions, guards, actions, actors, what each state tells", () => {
      const plain = createMachine(JSON.parse(JSON.stringify(machine.config)));
      expect(chartOf(plain)).toEqual(chartOf(machine));
    });
  },
);

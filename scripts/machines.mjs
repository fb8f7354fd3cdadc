/** All machines, and the chart of each by its name, for what is made of them: documents, drawings, texts for other tools. */
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";

const jiti = createJiti(import.meta.url);
const load = (name) => jiti.import(fileURLToPath(new URL(`../machines/${name}.ts`, import.meta.url)));

const { chartOf } = await load("chart");
const { registrationMachine } = await load("registration");
const { credentialsMachine } = await load("credentials");
const { livenessMachine } = await load("liveness");
const { partitionMachine } = await load("partition");
const { supervisorMachine } = await load("supervisor");
const { workerMachine } = await load("worker");
const { hostedRegistrationMachine } = await load("hosted-registration");
const { socketMachine } = await load("socket");
const { transportChoiceMachine } = await load("transport-choice");
const { mcpServerMachine } = await load("mcp-server");
export const { publicStates } = await load("public-states");

export const machines = [
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

const byName = (of) => Object.fromEntries(machines.map((machine) => [machine.id, of(machine)]));

export const charts = byName(chartOf);
export const descriptions = byName(({ config }) => config.description);

/** All machines, and the chart of each by its name, for what is made of them: documents, drawings, texts for other tools. */
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";

const jiti = createJiti(import.meta.url);
const load = (name) => jiti.import(fileURLToPath(new URL(`../machines/${name}.ts`, import.meta.url)));

const { chartOf } = await load("chart");
export const { publicStates } = await load("public-states");

export const { machines } = await jiti.import(
  fileURLToPath(new URL("../test/support/every-machine.ts", import.meta.url)),
);

const byName = (of) => Object.fromEntries(machines.map((machine) => [machine.id, of(machine)]));

export const charts = byName(chartOf);
export const descriptions = byName(({ config }) => config.description);

/**
 * Lays out every machine's chart for the inspector's page and writes inspector/charts.json. With --check it writes
 * nothing and exits 1 when the file is stale.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ELK from "elkjs/lib/elk.bundled.js";
import { createJiti } from "jiti";
import { drawingOf } from "./chart-drawing.mjs";
import { graphOf } from "./chart-graph.mjs";

const root = new URL("../", import.meta.url);
const jiti = createJiti(import.meta.url);
const load = (path) => jiti.import(fileURLToPath(new URL(path, root)));

const { chartOf } = await load("machines/chart.ts");
const { credentialsMachine, livenessMachine, partitionMachine, registrationMachine, supervisorMachine } =
  await load("machines/index.ts");

const drawings = {};
for (const machine of [
  registrationMachine,
  credentialsMachine,
  livenessMachine,
  partitionMachine,
  supervisorMachine,
]) {
  const chart = chartOf(machine);
  drawings[machine.id] = drawingOf(chart, await new ELK().layout(graphOf(chart)));
}

/** A line for each state and each edge, so that a change shows what it changed. */
const lines = (items) => items.map((item) => JSON.stringify(item)).join(",\n");
const text = `{\n${Object.entries(drawings)
  .map(
    ([name, { width, height, states, edges }]) =>
      `"${name}":{"width":${width},"height":${height},"states":[\n${lines(states)}\n],"edges":[\n${lines(edges)}\n]}`,
  )
  .join(",\n")}\n}\n`;

const file = new URL("inspector/charts.json", root);
if (!process.argv.includes("--check")) writeFileSync(file, text);
else if (readFileSync(file, "utf8") !== text) {
  console.error("inspector/charts.json is stale: node scripts/charts.mjs");
  process.exitCode = 1;
}

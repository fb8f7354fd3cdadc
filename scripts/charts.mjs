/**
 * Writes what is made of the machines before the build: inspector/charts.json, their charts laid out for the
 * inspector's page, and inspector/machines.json, their definitions as data and as diagrams, for `mooring machines`
 * and for viewers of others. With --check it writes nothing and exits 1 when one of them is stale.
 */
import { readFileSync, writeFileSync } from "node:fs";
import ELK from "elkjs/lib/elk.bundled.js";
import { drawingOf } from "./chart-drawing.mjs";
import { graphOf } from "./chart-graph.mjs";
import { definitionOf } from "./machine-definition.mjs";
import { charts, machines } from "./machines.mjs";
import { machineDiagram } from "./mermaid.mjs";

/** The page shows registrations and what leads them, and with worker threads there is none: the rest is not drawn for it. */
const notOnThePage = ["worker", "hostedRegistration", "socket", "transportChoice", "mcpServer"];

const drawings = {};
for (const [name, chart] of Object.entries(charts).filter(([name]) => !notOnThePage.includes(name)))
  drawings[name] = drawingOf(chart, await new ELK().layout(graphOf(chart)));

/** A line for each state and each edge, so that a change shows what it changed. */
const lines = (items) => items.map((item) => JSON.stringify(item)).join(",\n");
const drawn = `{\n${Object.entries(drawings)
  .map(
    ([name, { width, height, states, edges }]) =>
      `"${name}":{"width":${width},"height":${height},"states":[\n${lines(states)}\n],"edges":[\n${lines(edges)}\n]}`,
  )
  .join(",\n")}\n}\n`;

const defined = Object.fromEntries(
  machines.map((machine) => [
    machine.id,
    { definition: definitionOf(machine), mermaid: machineDiagram(charts[machine.id]).split("\n") },
  ]),
);

const files = { "charts.json": drawn, "machines.json": `${JSON.stringify(defined, null, 1)}\n` };
for (const [name, text] of Object.entries(files)) {
  const file = new URL(`../inspector/${name}`, import.meta.url);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    console.error(`inspector/${name} is stale: node scripts/charts.mjs`);
    process.exitCode = 1;
  }
}

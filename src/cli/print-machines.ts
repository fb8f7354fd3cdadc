/** `mooring machines`: the statecharts as texts that other tools take. What they are made of comes with mooring-dev. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inspectorFolder } from "../tools.js";
import { packageVersion } from "../version.js";
import { pad } from "./fit.js";
import { write } from "./lines.js";
import { type Data, machineCode } from "./machine-code.js";
import { wrongForm } from "./wrong-form.js";

interface Machine {
  readonly definition: { readonly description: string; readonly [field: string]: Data };
  /** The lines of a diagram. */
  readonly mermaid: readonly string[];
}

/** By their names. */
type Machines = Readonly<Record<string, Machine>>;

type Format = "stately" | "json" | "mermaid";

const head = `// Statecharts of Mooring ${packageVersion}. Guards, actions, delays and actors stand by their names; what they do is in Mooring.
import { createMachine } from "xstate";`;

const mapped = <Result>(machines: Machines, of: (machine: Machine, name: string) => Result) =>
  Object.entries(machines).map(([name, machine]) => of(machine, name));

function codeOf(machines: Machines): string {
  return [head, ...mapped(machines, ({ definition }, name) => machineCode(name, definition))].join("\n\n");
}

const sectionOf = ({ mermaid }: Machine, name: string): string =>
  `## ${name}\n\n\`\`\`mermaid\n${mermaid.join("\n")}\n\`\`\``;

/** One is printed by itself; several have their names, in the way of the format. */
const texts: Readonly<Record<Format, (machines: Machines, one: Machine | undefined) => string>> = {
  stately: codeOf,
  json: (machines, one) =>
    JSON.stringify(
      one?.definition ?? Object.fromEntries(mapped(machines, ({ definition }, name) => [name, definition])),
      null,
      2,
    ),
  mermaid: (machines, one) => one?.mermaid.join("\n") ?? mapped(machines, sectionOf).join("\n\n"),
};

function list(machines: Machines): void {
  const widest = Math.max(...Object.keys(machines).map(({ length }) => length));
  for (const [name, { definition }] of Object.entries(machines))
    write(`${pad(name, widest)}  ${definition.description}`);
}

function named(machines: Machines, name: string): Machine {
  const machine = Object.hasOwn(machines, name) ? machines[name] : undefined;
  if (machine) return machine;
  throw wrongForm(
    `There is no machine ${JSON.stringify(name)}. There are ${Object.keys(machines).join(", ")}.`,
  );
}

export async function printMachines(
  name: string | undefined,
  { format }: { readonly format?: Format },
): Promise<void> {
  const file = join(inspectorFolder("mooring machines"), "machines.json");
  const all: Machines = JSON.parse(await readFile(file, "utf8"));
  if (name === undefined && format === undefined) return list(all);
  const one = name === undefined ? undefined : named(all, name);
  const chosen = name === undefined || !one ? all : { [name]: one };
  // As it is, also on a terminal: lines broken to its width would not compile.
  process.stdout.write(`${texts[format ?? "stately"](chosen, one)}\n`);
}

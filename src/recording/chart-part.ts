/** Which part of which chart decides about an event in a state: the file, and its line where the sources are at hand. */
import { readFileSync } from "node:fs";
import type { StateValue } from "xstate";
import type { ChartPart } from "./replay-types.js";
import type { ChartName } from "./settings.js";

/** States of the registration's chart that have a file of their own. */
const filesOfStates: Readonly<Record<string, string>> = {
  connecting: "registration/connecting",
  awaitingRegister: "registration/awaiting-register",
  streaming: "registration/streaming",
  credentialExchange: "registration/credential-exchange",
};

/** The active path; of several regions the one that the connection lives in. */
export function statePathOf(value: StateValue | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  const names = Object.keys(value);
  const name = names.includes("connection") ? "connection" : (names[0] ?? "");
  const below = statePathOf(value[name]);
  return below === "" ? name : `${name}.${below}`;
}

function sourceOf(file: string): string | undefined {
  // Beside the sources, and beside what is built from them.
  for (const root of ["../../", "../"]) {
    try {
      return readFileSync(new URL(root + file, import.meta.url), "utf8");
    } catch {
      // Not there: the published package has no sources.
    }
  }
  return undefined;
}

const lineAt = (source: string, place: number): number => source.slice(0, place).split("\n").length;

/** Where the innermost state stands that the file names, and in it the event or its delay. */
function lineOf(source: string, path: readonly string[], event: string): number | null {
  for (const name of [...path].reverse()) {
    const state = new RegExp(`(?:const ${name} =|\\b${name}: \\{)`).exec(source);
    if (!state) continue;
    const [, , delay] = event.startsWith("xstate.after.") ? event.split(".") : [];
    const wanted = delay === undefined ? `"${event}":` : `${delay}:`;
    const place = source.indexOf(wanted, state.index);
    return lineAt(source, place < 0 ? state.index : place);
  }
  return null;
}

export function chartPart(chart: ChartName, value: StateValue | undefined, event: string): ChartPart {
  const state = statePathOf(value);
  const path = state.split(".");
  const own = chart === "registration" ? path.find((name) => Object.hasOwn(filesOfStates, name)) : undefined;
  const file = `machines/${own === undefined ? chart : filesOfStates[own]}.ts`;
  const source = sourceOf(file);
  return { file, line: source === undefined ? null : lineOf(source, path, event), state };
}

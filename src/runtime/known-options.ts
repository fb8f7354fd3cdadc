/** The calls of a runtime that take options, and the check that each makes: known names, values of their kinds. */
import { type Call, checkOptions } from "../options/check.js";
import { checkRange } from "../options/ranges.js";
import { type Rows, switchRow } from "../options/rows.js";
import type { ChangesOptions } from "./changes.js";
import { type CommandOptions, commandOptions } from "./commands.js";
import type { ExplainOptions } from "./explain.js";
import { type RuntimeOptions, runtimeOptions } from "./option-table.js";
import {
  columnsRow,
  type DrainOptions,
  drainOptions,
  type RegistrationOptions,
  registrationOptions,
  type StartOptions,
  startOptions,
} from "./registration-table.js";

/** By the types of their options. docs/options.md has a table for each. */
export const runtimeCalls = {
  RuntimeOptions: { name: "createRuntime()", table: runtimeOptions },
  RegistrationOptions: { name: "add()", table: registrationOptions },
  StartOptions: { name: "start()", table: startOptions },
  DrainOptions: { name: "drain()", table: drainOptions },
  CommandOptions: { name: "pause()", table: commandOptions },
  ExplainOptions: {
    name: "explain()",
    table: {
      all: switchRow({ says: "The whole history, instead of its newest lines.", usually: "false" }),
      columns: columnsRow,
    } satisfies Rows<ExplainOptions>,
  },
  ChangesOptions: {
    name: "changes()",
    table: {
      fold: switchRow({
        says: "For people: without the way from a failure to the next try, and of equal failures in a row only the first, second, fourth, eighth and so on.",
        usually: "false",
      }),
    } satisfies Rows<ChangesOptions>,
  },
} as const satisfies Record<string, Call>;

/** Throws INVALID_CONFIG that names the option. */
export function refuseUnknownOptions(options: RuntimeOptions): void {
  checkOptions(options, runtimeCalls.RuntimeOptions, runtimeCalls.RegistrationOptions);
}

/** The same for the options of a registration. */
export function refuseUnknownRegistrationOptions(options: RegistrationOptions): void {
  checkOptions(options, runtimeCalls.RegistrationOptions, runtimeCalls.RuntimeOptions);
}

/** The same for the options of `start`. */
export function refuseUnknownStartOptions(options: StartOptions): void {
  checkOptions(options, runtimeCalls.StartOptions);
}

/** The same for the options of `drain`. */
export function refuseUnknownDrainOptions(options: DrainOptions): void {
  checkOptions(options, runtimeCalls.DrainOptions);
}

/** The columns that explanations are to fit in; undefined: any. */
export function columnsOf({ columns }: Pick<ExplainOptions, "columns">): number | undefined {
  checkRange("columns", columns, columnsRow);
  return columns;
}

/** The same for the options of `explain`. */
export function refuseUnknownExplainOptions(options: ExplainOptions): void {
  checkOptions(options, runtimeCalls.ExplainOptions);
}

/** Who asks for a command. Throws as the others do; whatever else a command is handed as a listener says nothing of it. */
export function askedBy(options: CommandOptions | undefined): string | undefined {
  if (typeof options !== "object" || options === null) return undefined;
  if (Object.getPrototypeOf(options) !== Object.prototype) return undefined;
  checkOptions(options, runtimeCalls.CommandOptions);
  return options.by;
}

/** The same for the options of `changes`. */
export function refuseUnknownChangesOptions(options: ChangesOptions): void {
  checkOptions(options, runtimeCalls.ChangesOptions);
}

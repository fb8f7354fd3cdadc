/** Refuses options of a runtime or a registration that do not exist, and values of the wrong kind. */
import { invalidConfig } from "../errors.js";
import { type Call, checkOptions } from "../options/check.js";
import { type Kind, number, onOff } from "../options/kinds.js";
import type { ChangesOptions } from "./changes.js";
import type { ExplainOptions } from "./explain.js";
import { registrationOptions, runtimeOptions } from "./option-table.js";
import type { DrainOptions, RegistrationOptions, RuntimeOptions, StartOptions } from "./options.js";

const createRuntime: Call = { name: "createRuntime()", table: runtimeOptions };
const add: Call = { name: "add()", table: registrationOptions };
const start: Call = {
  name: "start()",
  table: { timeoutMs: number, columns: number } satisfies Record<keyof StartOptions, Kind>,
};
const drain: Call = {
  name: "drain()",
  table: { deadlineMs: number } satisfies Record<keyof DrainOptions, Kind>,
};

const explain: Call = {
  name: "explain()",
  table: { all: onOff, columns: number } satisfies Record<keyof ExplainOptions, Kind>,
};

const changes: Call = {
  name: "changes()",
  table: { fold: onOff } satisfies Record<keyof ChangesOptions, Kind>,
};

/** Throws INVALID_CONFIG that names the option. */
export function refuseUnknownOptions(options: RuntimeOptions): void {
  checkOptions(options, createRuntime, add);
}

/** The same for the options of a registration. */
export function refuseUnknownRegistrationOptions(options: RegistrationOptions): void {
  checkOptions(options, add, createRuntime);
}

/** The same for the options of `start`. */
export function refuseUnknownStartOptions(options: StartOptions): void {
  checkOptions(options, start);
}

/** The same for the options of `drain`. */
export function refuseUnknownDrainOptions(options: DrainOptions): void {
  checkOptions(options, drain);
}

/** The columns that explanations are to fit in; undefined: any. */
export function columnsOf({ columns }: Pick<ExplainOptions, "columns">): number | undefined {
  if (columns === undefined || (Number.isSafeInteger(columns) && columns >= 0)) return columns;
  throw invalidConfig(
    `columns must be a whole number, such as process.stdout.columns, or be left out; got ${String(columns)}.`,
  );
}

/** The same for the options of `explain`. */
export function refuseUnknownExplainOptions(options: ExplainOptions): void {
  checkOptions(options, explain);
}

/** The same for the options of `changes`. */
export function refuseUnknownChangesOptions(options: ChangesOptions): void {
  checkOptions(options, changes);
}

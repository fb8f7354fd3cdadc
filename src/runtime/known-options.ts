/** Refuses options of a runtime or a registration that do not exist, and values of the wrong kind. */
import { type Call, checkOptions } from "../options/check.js";
import { registrationOptions, runtimeOptions } from "./option-table.js";
import type { RegistrationOptions, RuntimeOptions } from "./options.js";

const createRuntime: Call = { name: "createRuntime()", table: runtimeOptions };
const add: Call = { name: "add()", table: registrationOptions };

/** Throws INVALID_CONFIG that names the option. */
export function refuseUnknownOptions(options: RuntimeOptions): void {
  checkOptions(options, createRuntime, add);
}

/** The same for the options of a registration. */
export function refuseUnknownRegistrationOptions(options: RegistrationOptions): void {
  checkOptions(options, add, createRuntime);
}

/** The settings that a registration's machine lives by. */
import { defaultPolicy, type RegistrationPolicy } from "../../machines/policy.js";
import type { Settings } from "./options.js";

/** A number of the policy that is an option has the option's name and its value; the others keep their defaults. */
export function policyOf(settings: Settings & Partial<RegistrationPolicy>): RegistrationPolicy {
  const names = Object.keys(defaultPolicy) as (keyof RegistrationPolicy)[]; // it has no other names
  const values = names.map((name) => [name, settings[name] ?? defaultPolicy[name]]);
  return Object.fromEntries(values) as RegistrationPolicy; // each name with a value of its type
}

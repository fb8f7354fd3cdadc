/** The times among the environment's variables: whole numbers of milliseconds, in digits. Knows no variable by name. */
import { invalidConfig } from "../errors.js";
import { maxTimerMs } from "../protocol/defaults.js";
import { type Environment, given } from "./environment.js";

/** Undefined when it is unset or blank. Throws INVALID_CONFIG for anything else, such as `30s`. */
export function readMilliseconds(name: string, env: Environment): number | undefined {
  const text = given(env[name]);
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (ms >= 0 && ms <= maxTimerMs) return ms;
  throw invalidConfig(
    `${name} must be a whole number of milliseconds, in digits, up to ${maxTimerMs}; got "${text}".`,
  );
}

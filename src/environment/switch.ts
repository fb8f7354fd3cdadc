/** The switches among the environment's variables: `true` or `1`, `false` or `0`, in any case. Knows no variable by name. */

import { invalidConfig } from "../errors.js";
import { type Environment, given } from "./environment.js";

/** Undefined when it is unset or blank. Throws INVALID_CONFIG for any other word: a guess could switch off a check. */
export function readSwitch(name: string, env: Environment): boolean | undefined {
  const text = given(env[name]);
  if (text === undefined) return undefined;
  if (/^(true|1)$/i.test(text)) return true;
  if (/^(false|0)$/i.test(text)) return false;
  throw invalidConfig(`${name} must be true, 1, false or 0; got "${text}". Unset it for the default.`);
}

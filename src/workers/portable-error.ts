/** An error as another thread can take it: its name, message and stack. What hangs on it may not cross. */
import { textOf } from "../errors.js";
import { stackOf } from "./error-location.js";

export function portableError(error: unknown): Error | undefined {
  if (error === undefined) return undefined;
  if (!(error instanceof Error)) return new Error(textOf(error));
  const { name, message } = error;
  return Object.defineProperties(new Error(typeof message === "string" ? message : textOf(error)), {
    name: { value: name },
    stack: { value: stackOf(error) },
  });
}

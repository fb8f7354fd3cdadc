/** What goes to a worker thread is cloned; a value that cannot be would end the thread with all that it hosts. */
import { invalidConfig } from "../errors.js";

/** Throws INVALID_CONFIG with the name of the first option that cannot be cloned. */
export function refuseUncloneable(options: object): void {
  for (const [name, value] of Object.entries(options)) {
    try {
      structuredClone(value);
    } catch (cause) {
      throw invalidConfig(`${name} cannot cross to a worker thread: give plain data.`, cause);
    }
  }
}

/** One sentence for a connector's type that a module does not export, wherever that shows. */
import { invalidConfig, type MooringError } from "../errors.js";

export function noSuchConnector(type: string | undefined, exported: Iterable<string>): MooringError {
  const known = [...exported].join(", ");
  return invalidConfig(`The module exports no connector of the type "${type}". It exports: ${known}.`);
}

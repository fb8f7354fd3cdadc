/**
 * A machine's configuration as plain data that `createMachine` takes: guards, actions, delays and actors by their
 * names. Functions that make data (context, input, output, parameters) are left out; one without a name in the place
 * of a guard or an action is an error, because what it does would be lost.
 */

const made = new Set(["context", "input", "output", "params"]);

function dataOf(value, path) {
  if (Array.isArray(value)) return value.map((item, place) => dataOf(item, [...path, place]));
  if (typeof value === "function")
    throw new Error(`${path.join(".")} is a function: give it a name in setup().`);
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.entries(value)
    .filter(([key, part]) => part !== undefined && !(made.has(key) && typeof part === "function"))
    .map(([key, part]) => [key, dataOf(part, [...path, key])]);
  // A guard or an action whose parameters are made is its name.
  if (typeof value.params === "function" && parts.length === 1) return value.type;
  return Object.fromEntries(parts);
}

export const definitionOf = ({ config, id }) => dataOf(config, [id]);

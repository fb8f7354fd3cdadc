/** Which states of a chart are active, by their ids, e.g. `registration.connection.linked.streaming`. */

type Value = string | { readonly [name: string]: Value };

const isValue = (value: unknown): value is Value =>
  typeof value === "string" || (typeof value === "object" && value !== null);

function idsOf(value: unknown, parent: string): readonly string[] {
  if (!isValue(value)) return [];
  if (typeof value === "string") return [`${parent}.${value}`];
  return Object.entries(value).flatMap(([name, inner]) => [
    `${parent}.${name}`,
    ...idsOf(inner, `${parent}.${name}`),
  ]);
}

const known = new Map<string, ReadonlySet<string>>();

/** The same set for the same states, whichever actor is in them: there are few, and many actors. */
export function activeStates(machine: string, value: unknown): ReadonlySet<string> {
  const name = `${machine} ${JSON.stringify(value)}`;
  const states = known.get(name) ?? new Set([machine, ...idsOf(value, machine)]);
  known.set(name, states);
  return states;
}

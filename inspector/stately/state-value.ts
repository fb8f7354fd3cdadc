/** XState's value of a state, from the ids of the states that are active. */

export type StateValue = string | { readonly [name: string]: StateValue };

interface Inside {
  readonly name: string;
  /** Of a state that has states: which is active in it. */
  readonly value: StateValue | undefined;
}

function insideOf(active: ReadonlySet<string>, parent: string): readonly Inside[] {
  const begin = `${parent}.`;
  const names = [...active]
    .filter((id) => id.startsWith(begin))
    .map((id) => id.slice(begin.length))
    .filter((name) => !name.includes("."));
  return names.map((name) => ({ name, value: stateValue(active, begin + name) }));
}

/** Undefined for a state without states. */
export function stateValue(active: ReadonlySet<string>, id: string): StateValue | undefined {
  const inside = insideOf(active, id);
  const [one] = inside;
  if (!one) return undefined;
  if (inside.length === 1 && one.value === undefined) return one.name;
  return Object.fromEntries(inside.map(({ name, value }) => [name, value ?? {}]));
}

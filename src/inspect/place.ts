/** Where a registration stands, as one path: of its regions the one that the connection lives in. */

/** XState's value of a state: a name, or names in names. */
type Value = string | { readonly [name: string]: Value | undefined };

function pathOf(value: Value | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  for (const name in value) {
    const below = pathOf(value[name]);
    // A link is there in several public states, and is none itself.
    if (name === "linked") return below;
    return below === "" ? name : `${name}.${below}`;
  }
  return "";
}

/** The innermost state of a registration, e.g. `streaming.pendingApproval.waiting`. */
export const placeOf = (state: Value): string =>
  typeof state === "string" ? state : pathOf(state.connection);

const shorts = new Map<string, string>();

/** The public state with its child; how a registration connects is a matter of milliseconds. */
export function shortPlace(place: string): string {
  const known = shorts.get(place);
  if (known !== undefined) return known;
  const path = place.split(".");
  const short = path.slice(0, path[0] === "connecting" ? 1 : 2).join(".");
  shorts.set(place, short);
  return short;
}

/** The public states of a registration: always these names, in status, logs, metrics, diagrams and docs. */
export const publicStates = [
  "connecting",
  "awaitingRegister",
  "streaming",
  "credentialExchange",
  "backoff",
  "stopped",
] as const;

/** One of the six public states. */
export type PublicState = (typeof publicStates)[number];

const names: ReadonlySet<string> = new Set(publicStates);

export const isPublicState = (name: string): name is PublicState => names.has(name);

type Value = string | { readonly [name: string]: Value | undefined };

/** The active path below a state value, e.g. `["linked", "streaming", "serving"]`. */
function pathOf(value: Value | undefined): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === "string") return [value];
  const [name] = Object.keys(value);
  return name === undefined ? [] : [name, ...pathOf(value[name])];
}

/** The public state and its child, from the state value of a registration. */
export function publicPathOf(value: Value): { readonly state: PublicState; readonly below: string | null } {
  const path = typeof value === "string" ? [] : pathOf(value.connection);
  const at = path.findIndex(isPublicState);
  const state = path[at];
  if (state === undefined || !isPublicState(state)) return { state: "connecting", below: null };
  return { state, below: path[at + 1] ?? null };
}

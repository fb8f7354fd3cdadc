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

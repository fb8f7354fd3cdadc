/** Refuses requests that name a capability which their connector has not announced. */
import { badRequest } from "./bad-request.js";

/** How many names a caller is told, and how much of each. */
const most = { names: 20, name: 100 };

export const cutName = (name: string): string =>
  name.length > most.name ? `${name.slice(0, most.name - 1)}…` : name;

/** What there is, for a caller who asked for something else. */
export function namesInWords(names: readonly string[]): string {
  const known = names.slice(0, most.names).map(cutName).join(", ");
  return names.length > most.names ? `${known} and ${names.length - most.names} more` : known;
}

/** For a kind that announces none; `kind` with its article. */
export function refuseCapability({ capabilityId }: Asked, kind: string): void {
  if (capabilityId !== undefined) throw badRequest(`${kind} has no capabilities: leave capability_id out.`);
}

/** For a kind that announces some, and serves requests without one, too. */
export function refuseOtherCapability({ capabilityId }: Asked, names: readonly string[]): void {
  if (capabilityId === undefined || names.includes(capabilityId)) return;
  throw badRequest(`this connector can do ${namesInWords(names)}; capability_id names something else.`);
}

interface Asked {
  readonly capabilityId: string | undefined;
}

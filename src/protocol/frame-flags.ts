/** The first byte of a gRPC frame. */

/** Why a frame cannot be taken, by its flags: gRPC knows one, for a compressed message; all others are reserved. */
export type FlagFault = "compressed" | "malformed";

const compressed = 1;

export function flagFault(flags = 0): FlagFault | undefined {
  if (flags === 0) return undefined;
  return flags === compressed ? "compressed" : "malformed";
}

/** How it is told that every thread of a connector is blocked. */
import { inSeconds } from "../execution/loop-block.js";

export interface BlockedThread {
  readonly requestId: string;
  readonly capabilityId: string | undefined;
  readonly forMs: number;
  /** By the part of the handler before its first pause; else nobody can tell whether it is the handler that computes. */
  readonly isHeld: boolean;
}

/** What is shorter is work, in ms; and a busy machine may hold a thread up for so long. */
export const fewestBlockedMs = 3_000;

const mostNamed = 3;

export function blockedInWords(
  connectorType: string,
  blocked: readonly BlockedThread[],
  waiting: number,
): string {
  const told = blocked.slice(0, mostNamed).map(({ requestId, capabilityId, forMs, isHeld }) => {
    const how = isHeld ? "" : ", by now after an await";
    return `\`${capabilityId ?? connectorType}\` (request ${requestId}) has run for ${inSeconds(forMs)} without giving way${how}`;
  });
  const more = blocked.length > mostNamed ? `; and ${blocked.length - mostNamed} more` : "";
  const wait = waiting === 0 ? "" : ` Waiting for a thread: ${waiting}.`;
  return `Of ${blocked.length} thread${blocked.length === 1 ? "" : "s"} none answers: ${told.join("; ")}${more}.${wait}`;
}

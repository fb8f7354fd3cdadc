/** Which transport is in use, and why, in words for status, journal and log. */
import type { Way, WayFailure } from "../../machines/transport-choice.js";
import type { TransportInUse } from "../transport/transport.js";

/** Where the choice stands. */
export interface Choice {
  readonly chosen: Way | null;
  readonly instead: WayFailure | null;
  readonly isDoubted: boolean;
  readonly failed: Readonly<Partial<Record<Way, WayFailure>>>;
}

const shortOf = ({ cause, code }: WayFailure): string => code ?? cause;

function failuresIn({ gRPC, WebSocket }: Choice["failed"]): string {
  const told = [
    ...(gRPC ? [`gRPC: ${shortOf(gRPC)}`] : []),
    ...(WebSocket ? [`WebSocket: ${shortOf(WebSocket)}`] : []),
  ];
  return told.length > 0 ? ` (${told.join("; ")})` : "";
}

function reasonOf(way: Way, { instead, isDoubted, failed }: Choice): string {
  const other = way === "gRPC" ? "WebSocket" : "gRPC";
  if (isDoubted)
    return `which the gateway answered before; it has failed several times in a row, so ${other} is tried, too${failuresIn(failed)}`;
  if (instead !== null) return `since ${other} does not get through here: ${shortOf(instead)}`;
  return "which the gateway answers";
}

export function inUse(choice: Choice): TransportInUse {
  const { chosen, failed } = choice;
  if (chosen !== null) return { kind: chosen, why: reasonOf(chosen, choice) };
  return {
    kind: null,
    why: `the gateway has answered over neither gRPC nor WebSocket yet${failuresIn(failed)}`,
  };
}

/** `WebSocket, since gRPC does not get through here: ECONNREFUSED` */
export const inUseInWords = ({ kind, why }: TransportInUse): string =>
  kind === null ? `not chosen: ${why ?? ""}` : why === null ? kind : `${kind}, ${why}`;

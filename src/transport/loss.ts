/** Losses of a connection that every transport may meet: a code, and words about what to look at. */
import type { LinkFailure } from "./transport.js";

export const look = "Look at the gateway's log, and at the log of a proxy between.";

/** TCP was closed in order, and nobody said why. */
export const closedWithoutReason: LinkFailure = {
  cause: "connection-lost",
  code: "CLOSED",
  detail: `The gateway, or something between, closed the connection without a reason. ${look}`,
};

/** Nothing to dial: a library does not say why. */
export const noAddress: LinkFailure = {
  cause: "unreachable",
  code: "NO_ADDRESS",
  detail: "No address was found for the host in url: check its name and DNS.",
};

/** Neither an answer nor an error, for so long. */
export function silentDial(cause: "connect-timeout" | "open-timeout", ms: number): LinkFailure {
  const what =
    cause === "connect-timeout"
      ? "the connection was not ready: is something between that drops packets, or a port that only accepts?"
      : "connected, but the stream's first message was not taken.";
  return { cause, code: "SILENCE", detail: `After ${ms / 1_000} s ${what}` };
}

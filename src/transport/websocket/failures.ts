/** What may go wrong with a WebSocket, as neutral causes: codes for people, words about what to look at. */
import type { IncomingMessage } from "node:http";
import { retryAfterMs } from "../../network/retry-after.js";
import { safeText } from "../../protocol/gateway-text.js";
import { socketPath } from "../../protocol/phoenix-frames.js";
import { linkFailure } from "../failure-table.js";
import { look } from "../loss.js";
import type { LinkCause, LinkFailure, StreamEnding } from "../transport.js";

const statusCauses: Readonly<Record<number, LinkCause>> = {
  401: "identity-refused",
  403: "access-denied",
  408: "peer-unavailable",
  429: "peer-exhausted",
};

const adviceOf = (status: number): string => {
  if (status >= 300 && status < 400)
    return "Redirections are not followed: write the address that it leads to into url.";
  if (status === 404)
    return "Is this the gateway's WebSocket port, and does a proxy between pass this path on?";
  if (statusCauses[status] || status >= 500) return look;
  return "Check the port in url, and that a proxy between passes WebSocket upgrades on.";
};

/** The peer answered the upgrade with an ordinary HTTP response. */
export function refusedUpgrade({ statusCode = 0, headers }: IncomingMessage, now: number): LinkFailure {
  const hint = headers["retry-after"];
  const after = hint === undefined ? undefined : retryAfterMs(hint, now);
  return {
    cause: statusCauses[statusCode] ?? (statusCode >= 500 ? "peer-unavailable" : "wrong-protocol"),
    code: `HTTP_${statusCode}`,
    detail: `The upgrade to WebSocket at ${socketPath} was answered with HTTP ${statusCode}. ${adviceOf(statusCode)}`,
    ...(after === undefined ? {} : { retryAfterMs: after }),
  };
}

const protocolCauses = (code: string): LinkCause | undefined => {
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return "message-too-large";
  return code.startsWith("WS_ERR_") || code.startsWith("HPE_") ? "wrong-protocol" : undefined;
};

/** Of `ws`, of the socket, or of TLS. */
export const socketFailure = (error: unknown, otherwise: LinkCause): LinkFailure =>
  linkFailure(error, otherwise, protocolCauses, "ws://");

/** The reply to the join. */
export function refusedJoin(response: Readonly<Record<string, unknown>>): LinkFailure {
  const reason = typeof response.reason === "string" ? safeText(response.reason) : "";
  return {
    cause: response.reason === "unmatched topic" ? "wrong-protocol" : "access-denied",
    code: "JOIN_REFUSED",
    detail: `The gateway refused to open its channel for connectors${reason ? `: "${reason}"` : ""}. ${look}`,
    isAnswer: true,
  };
}

/** No answer to the join in time. */
export const silentJoin = (ms: number): LinkFailure => ({
  cause: "open-timeout",
  code: "SILENCE",
  detail: `Connected, but the gateway did not open its channel for connectors within ${ms / 1_000} s.`,
});

/** It answers no heartbeat of the channel. */
export const deafSocket: LinkFailure = {
  cause: "connection-lost",
  code: "HEARTBEAT_TIMEOUT",
  detail:
    "A heartbeat of the channel was not answered in time. Look at the network, and whether the gateway or a proxy between is stuck.",
};

/** The channel's process at the gateway is gone: it has crashed, was never there, or does not know the topic any more. */
export const goneChannel = (code: string): StreamEnding => ({
  by: "peer",
  failure: {
    cause: "connection-lost",
    code,
    detail: `The gateway's channel for connectors ended with an error. ${look}`,
  },
});

export const channelClosed: StreamEnding = { by: "peer", failure: { cause: "server-closed" } };

/** In order: a normal end, a peer that goes away, or one that restarts. */
const orderly: ReadonlySet<number> = new Set([1000, 1001, 1012]);

const closeAdvice: Readonly<Record<number, string>> = {
  1002: "Gateways close so after two minutes without a message of the channel, too.",
  1008: "A policy of the gateway's, or of a proxy's, refuses the connection.",
  1009: "It takes no message of that size: look at its limit.",
  1011: "It has an error of its own.",
  1013: "It cannot serve for now.",
};

/** A close frame. Its code is of the whole socket. */
export function closedWith(code: number, reason: string): StreamEnding {
  if (orderly.has(code))
    return code === 1000
      ? channelClosed
      : { by: "peer", failure: { cause: "server-closed", code: `WS_${code}` } };
  const said = safeText(reason);
  const words = [
    `The gateway, or a proxy between, closed the socket with ${code}${said ? ` ("${said}")` : ""}.`,
    closeAdvice[code] ?? "",
    look,
  ];
  return {
    by: "peer",
    failure: {
      cause: "connection-lost",
      code: `WS_${code}`,
      detail: words.filter((one) => one !== "").join(" "),
    },
    ...(code === 1009 ? { mayBlameMessage: true } : {}),
  };
}

/**
 * A stream or connection that the other side, or something between, has ended in HTTP/2 or gRPC: its own code, and
 * words about what to look at. A loss is never told without either.
 */

import { safeText } from "../../protocol/gateway-text.js";
import { peersWordsLength } from "../../protocol/limits.js";
import { look } from "../loss.js";
import type { LinkFailure, StreamEnding } from "../transport.js";
import { http2Code, http2CodeName } from "./codes.js";

/** Where a code says more than that something was wrong. */
const advice: Readonly<Record<string, string>> = {
  ENHANCE_YOUR_CALM:
    "It finds that this side asks too much: look at its limits for memory, streams, PINGs and resets.",
  REFUSED_STREAM: "It takes no more streams: look at its limit for streams, or whether it is shutting down.",
  HTTP_1_1_REQUIRED:
    "It wants HTTP/1.1, and gRPC needs HTTP/2: check the port in url and what is in between.",
  INADEQUATE_SECURITY: "It wants a better TLS version or cipher.",
};

const remedyOf = (name: string): string => advice[name] ?? look;

/** The words that came with a gRPC status, percent-encoded, made safe; undefined without any. */
export function peersWords(message: string | undefined): string | undefined {
  if (!message) return undefined;
  // What was cut may have been cut within a character.
  const cut =
    message.length > peersWordsLength ? message.slice(0, peersWordsLength).replace(/\S*$/, "") : message;
  let text = cut;
  try {
    text = decodeURIComponent(cut);
  } catch {
    // It is no percent-encoded text, so it is taken as it is.
  }
  const said = safeText(text);
  return said ? `The other side says: "${said}".` : undefined;
}

/** Resets that also follow a message which the peer cannot take. */
const mayBlameMessage: ReadonlySet<string> = new Set([
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "FRAME_SIZE_ERROR",
  "ENHANCE_YOUR_CALM",
]);

/** RST_STREAM from the peer. */
export function resetLoss(code: number): Pick<StreamEnding, "failure" | "mayBlameMessage"> {
  const name = http2CodeName(code);
  const detail = `The gateway, or a proxy between, reset the stream with ${name}. ${remedyOf(name)}`;
  return {
    failure: { cause: "connection-lost", code: `RST_${name}`, detail },
    ...(mayBlameMessage.has(name) ? { mayBlameMessage: true } : {}),
  };
}

/** GOAWAY with an error, and what the peer said with it. */
export function goawayLoss(code: number, debug?: Uint8Array): LinkFailure {
  const name = http2CodeName(code);
  const said = debug ? safeText(Buffer.from(debug).toString("latin1")) : "";
  return {
    cause: "connection-lost",
    code: `GOAWAY_${name}`,
    detail: `The gateway, or a proxy between, ended the connection with ${name}${said ? ` ("${said}")` : ""}. ${remedyOf(name)}`,
  };
}

const sessionError = /with error code (?:NGHTTP2_)?(\w+)$/;

/** A GOAWAY as Node tells it when it has ended the session for it: the code is only in its words. */
export function goawayError(error: Error): LinkFailure | undefined {
  const told = sessionError.exec(error.message)?.[1];
  return told === undefined ? undefined : goawayLoss(http2Code(told));
}

/** The peer's half ended without a gRPC status. */
export const withoutStatus: LinkFailure = {
  cause: "connection-lost",
  code: "NO_GRPC_STATUS",
  detail: `The stream was ended without a gRPC status, as a proxy does that has lost the gateway. ${look}`,
};

export const pingTimeout: LinkFailure = {
  cause: "connection-lost",
  code: "PING_TIMEOUT",
  detail:
    "A PING was not answered in time. Look at the network, and whether the gateway or a proxy between is stuck.",
};

/** Nothing that is written goes out: Node 20 does not say when it has given up a session for the peer's fault. */
export const sendsNothing: LinkFailure = {
  cause: "connection-lost",
  code: "SENDS_NOTHING",
  detail: `The connection takes what is written and sends nothing, as after a frame that broke HTTP/2. ${look}`,
};

/** A frame of ours could not be sent, or the session is closed and nobody was told. */
export const sessionClosed: LinkFailure = {
  cause: "connection-lost",
  code: "SESSION_CLOSED",
  detail:
    "The connection's HTTP/2 session has closed itself and takes no new streams; a fresh one is dialled.",
};

/** A dial that ended before the peer had said anything in HTTP/2: it may only be starting; or it is no gateway. */
export function lostInDial(failure: LinkFailure, tls: boolean): LinkFailure {
  if (failure.cause !== "connection-lost") return failure;
  const detail = `The peer closed the connection without a word. If it goes on: is this the gRPC port${tls ? "" : ", and does it want TLS (grpcs://)"}?`;
  return { ...failure, detail };
}

/** The peer took the connection and answered in something else. */
export const notHttp2: LinkFailure = {
  cause: "wrong-protocol",
  code: "NOT_HTTP2",
  detail: "The peer answered, but not in HTTP/2: check host and port in url.",
};

/** Certificates were not looked at: what ends TLS there knows no HTTP/2. */
export const withoutHttp2: LinkFailure = {
  cause: "wrong-protocol",
  code: "NO_ALPN_H2",
  detail:
    "TLS does not open with HTTP/2 (ALPN h2), which gRPC needs: have what ends TLS there offer it, or use WebSocket.",
};

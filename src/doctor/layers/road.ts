/** The way that every layer is looked at on: whom it leads to, through which proxy or to which address, and what a failure on it means. */
import { once } from "node:events";
import { type Socket, connect as tcpConnect } from "node:net";
import { type TLSSocket, connect as tlsConnect } from "node:tls";
import { HttpError } from "../../credentials/http.js";
import { codeOf } from "../../errors.js";
import { destroySocket } from "../../http2/ending.js";
import { isLoopbackHost } from "../../network/loopback.js";
import type { Way, Ways } from "../../network/proxy/dialler.js";
import { ProxyError } from "../../network/proxy/tunnel.js";
import { tlsAdvice } from "../../network/tls-failure.js";
import { addressOf, type Endpoint } from "../../protocol/endpoint.js";
import { type TlsOptions, tlsConnectionOptions } from "../../transport/tls.js";
import { findingsOf } from "../finding.js";

/** What all layers tell their findings by. */
export const gatewayFindings = findingsOf("gateway");

/** For each step, in ms. */
export const defaultLimitMs = 5_000;

/** All addresses of one family that a name has. Rejects with Node's codes. */
export type Lookup = (host: string, family: 4 | 6) => Promise<readonly string[]>;

export interface Road {
  readonly endpoint: Endpoint;
  readonly ways: Ways;
  readonly tls: TlsOptions;
  readonly lookup: Lookup;
  /** Ours, in ms since 1970. */
  readonly now: () => number;
  /** Monotonic, in ms. */
  readonly clock: () => number;
  /** What each step may take, in ms. */
  readonly limitMs: number;
  /** The address that answered: what follows goes there, so that one name does not lead to two places. */
  readonly address?: string;
}

/** The proxy that is to be taken; undefined where none is. Throws {@link ProxyError}. */
export const wayOn = ({ endpoint: { host, port, tls }, ways }: Road): Way | undefined =>
  ways.to({ host, port, tls });

export const reason = (error: unknown): string => {
  if (error instanceof Error && error.name === "AbortError") return "TIMEOUT";
  if (error instanceof HttpError || error instanceof ProxyError) return error.code;
  return codeOf(error);
};

/** Resolves when the connection stands; destroys it otherwise. */
async function standing<S extends Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  limitMs: number,
): Promise<S> {
  // Stays: a late 'error' must never be uncaught.
  socket.on("error", () => {});
  try {
    await once(socket, event, { signal: AbortSignal.timeout(limitMs) });
  } catch (error) {
    destroySocket(socket);
    throw error;
  }
  return socket;
}

export const dialTcp = ({ endpoint: { port }, limitMs }: Road, host: string): Promise<Socket> =>
  standing(tcpConnect({ host, port }), "connect", limitMs);

/** A socket to the gateway, in the clear, through the proxy where there is one. */
export async function openSocket(road: Road): Promise<Socket> {
  return (await wayOn(road)?.open(road.limitMs)) ?? dialTcp(road, road.address ?? road.endpoint.host);
}

/** The same by TLS. `unchecked`: whoever it is may answer, for a look at the certificate; nothing is to be sent there. */
export async function openTls(
  road: Road,
  protocols: readonly string[],
  { unchecked = false } = {},
): Promise<TLSSocket> {
  const { host } = road.endpoint;
  const options = tlsConnectionOptions(road.tls, host, protocols);
  const socket = await openSocket(road);
  const secure = tlsConnect({
    ...options,
    host,
    socket,
    ...(unchecked ? { rejectUnauthorized: false } : {}),
  });
  // Whoever ends the one ends the other.
  secure.once("close", () => destroySocket(socket));
  return standing(secure, "secureConnect", road.limitMs);
}

const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: "start the gateway, or check host and port",
  ENOTFOUND: "check the host's name and the name server",
  EAI_AGAIN: "check the name server",
  TIMEOUT: "check firewalls and proxies on the way",
};

/** What to do about a code. `at`: what was dialled; no one but this machine is left without TLS for a port that has none. */
export function fixFor(code: string, at: Endpoint): string {
  if (Object.hasOwn(advice, code)) return advice[code] ?? "";
  const advised = tlsAdvice(code, "grpc://");
  if (!advised?.endsWith("use grpc://"))
    return advised ?? "check the address, and that the gateway runs there";
  if (!isLoopbackHost(at.host))
    return "the port speaks no TLS: check the port, or have the gateway serve TLS";
  return advised.replace(/grpc:\/\/$/, addressOf({ ...at, tls: false, authority: "" }));
}

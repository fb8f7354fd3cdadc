/** The grammar of gateway addresses (docs/protocol.md, "Addresses"), and where they are given. */

import type { Environment } from "../environment/environment.js";
import { invalidConfig } from "../errors.js";
import { isLoopbackHost } from "../network/loopback.js";
import { defaultPort, highestPort } from "./defaults.js";

/** The address of a gateway, taken apart. */
export interface Endpoint {
  /** Without brackets. */
  readonly host: string;
  /** From 1 to 65535. */
  readonly port: number;
  /** Whether the connection is encrypted. */
  readonly tls: boolean;
  /** What it is dialled with. */
  readonly transport: "gRPC" | "WebSocket";
  /** `host:port`, IPv6 in brackets; always with a port. */
  readonly authority: string;
}

const schemes: Readonly<Record<string, { tls: boolean; transport: Endpoint["transport"]; port: number }>> = {
  grpc: { tls: false, transport: "gRPC", port: defaultPort },
  grpcs: { tls: true, transport: "gRPC", port: 443 },
  ws: { tls: false, transport: "WebSocket", port: 80 },
  wss: { tls: true, transport: "WebSocket", port: 443 },
  http: { tls: false, transport: "WebSocket", port: 80 },
  https: { tls: true, transport: "WebSocket", port: 443 },
};

/** What an address is written like. */
export const addressForm =
  "grpc://host:port, grpcs://host:port (TLS) or host:port (TLS on 443), or for WebSocket ws://host:port or wss://host:port (TLS); IPv6 in brackets, like [::1]:50061";

const wanted = `Write ${addressForm}.`;

const form =
  /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\[[0-9a-f:.]+\]|[\p{L}\p{N}._-]+)(?::([^/\s]*))?(?:\/(?!\/).*)?$/iu;

/** Whether it can be dialled; refuses `[:::]` and `1.2.3.4.5`, which have the form only. */
function dialable(host: string): boolean {
  try {
    return new URL(`http://${host}`).hostname !== "";
  } catch {
    return false;
  }
}

/** What follows a question mark or a number sign may be a secret, and is no part of an address. */
const quotable = (text: string): string => text.replace(/[?#].*$/su, (rest) => `${rest[0]}…`);

/** `grpcs:/host`, with one slash: the scheme in the host's place. */
const isSchemeAlone = ([, , host = "", port]: RegExpExecArray): boolean =>
  port === "" && Object.hasOwn(schemes, host.toLowerCase());

function portOf(field: string, text: string | undefined, otherwise: number, expected: string): number {
  if (text === undefined) return otherwise;
  if (text === "")
    throw invalidConfig(`${field} has no valid port: there is none behind the colon. ${expected}`);
  const port = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= 1 && port <= highestPort))
    throw invalidConfig(
      `${field} has no valid port: ${quotable(text)}. A port is a number from 1 to ${highestPort}. ${expected}`,
    );
  return port;
}

/**
 * Parses an address; a path is accepted and ignored. Throws INVALID_CONFIG that names `field`, where the address
 * came from, and quotes it, unless it holds a password; `expected` says what to write instead.
 *
 * @example
 * ```ts
 * import { parseEndpoint } from "mooring/transport";
 *
 * console.log(parseEndpoint("grpcs://gateway.example:443").authority); // gateway.example:443
 * ```
 */
export function parseEndpoint(text: string, field = "url", expected = wanted): Endpoint {
  if (/^[^/]*(\/\/)?[^/]*@/.test(text))
    throw invalidConfig(`${field} holds a user name or password. ${expected}`);
  const match = form.exec(text.trim());
  const scheme = match?.[1]?.toLowerCase();
  const known = scheme !== undefined && Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined;
  if (!match?.[2] || isSchemeAlone(match) || (scheme !== undefined && !known) || !dialable(match[2]))
    throw invalidConfig(`${field} is no address of a gateway: ${quotable(text.trim())}. ${expected}`);
  const bracketed = match[2];
  const host = bracketed.replace(/^\[|\]$/g, "");
  const port = portOf(field, match[3], known?.port ?? defaultPort, expected);
  const authority = `${bracketed}:${port}`;
  if (known) return { host, port, tls: known.tls, transport: known.transport, authority };
  return { host, port, tls: port === 443, transport: "gRPC", authority };
}

/** An address as people write it: with the scheme that says what is dialled, and whether by TLS. */
export function addressOf({ transport, tls, authority }: Omit<Endpoint, "host" | "port">): string {
  const scheme = transport === "gRPC" ? "grpc" : "ws";
  return `${scheme}${tls ? "s" : ""}://${authority}`;
}

/**
 * The same for an address that is to be dialled. Throws INVALID_CONFIG, too, where nobody said that a connection off
 * loopback is to be without TLS: the grammar's default is not taken in silence.
 */
export function parseDialled(text: string, field = "url"): Endpoint {
  const endpoint = parseEndpoint(text, field);
  const { host, tls, authority } = endpoint;
  if (schemeOf(text) === "" && !tls && !isLoopbackHost(host))
    throw invalidConfig(
      `${field} has no scheme, and ${authority} is not on loopback. Write grpcs://${authority} for TLS, or grpc://${authority} for a connection without.`,
    );
  return endpoint;
}

/**
 * The same host for each transport, with or without TLS as the address says: at the address's port, else at the one
 * that is usual for the transport. Throws as `parseDialled` does.
 */
export function parseEitherDialled(
  text: string,
  field = "url",
): Readonly<Record<Endpoint["transport"], Endpoint>> {
  const written = parseDialled(text, field);
  const hasPort = form.exec(text.trim())?.[3] !== undefined;
  const over = (transport: Endpoint["transport"], scheme: string): Endpoint => {
    const port = hasPort ? written.port : (schemes[scheme]?.port ?? written.port);
    const authority = written.authority.replace(/\d+$/, String(port));
    return { ...written, transport, port, authority };
  };
  const s = written.tls ? "s" : "";
  return { gRPC: over("gRPC", `grpc${s}`), WebSocket: over("WebSocket", `ws${s}`) };
}

/** With `://`, in small letters; empty where there is none. */
export const schemeOf = (text: string): string => /^[a-z]+:\/\//i.exec(text.trim())?.[0].toLowerCase() ?? "";

/** The variables that may hold the address; the first that is set and not blank counts. */
export const addressVariables = ["STRIKE48_URL", "MATRIX_HOST", "STRIKE48_HOST"] as const;

/** What connectors dial and where that was said: what was given, else the environment, else the embedded gateway's address. */
export function dialledAddress(
  given: { readonly field: string; readonly text: string | undefined },
  env: Environment,
): { readonly field: string; readonly text: string } {
  const candidates = [given, ...addressVariables.map((field) => ({ field, text: env[field] }))];
  for (const { field, text } of candidates) {
    const trimmed = text?.trim();
    if (trimmed) return { field, text: trimmed };
  }
  return { field: "default", text: `localhost:${defaultPort}` };
}

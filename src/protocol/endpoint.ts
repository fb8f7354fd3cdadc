/** The grammar of gateway addresses (`protocol/transports.md` §1.1), with IPv6 literals in brackets. */
import { invalidConfig } from "../errors.js";

export interface Endpoint {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly transport: "gRPC" | "WebSocket";
  /** `host:port`, IPv6 in brackets; always with a port. */
  readonly authority: string;
}

const schemes: Readonly<Record<string, { tls: boolean; transport: Endpoint["transport"]; port: number }>> = {
  grpc: { tls: false, transport: "gRPC", port: 50_061 },
  grpcs: { tls: true, transport: "gRPC", port: 443 },
  ws: { tls: false, transport: "WebSocket", port: 80 },
  wss: { tls: true, transport: "WebSocket", port: 443 },
  http: { tls: false, transport: "WebSocket", port: 80 },
  https: { tls: true, transport: "WebSocket", port: 443 },
};

const expected =
  "Expected grpc://host:port, grpcs://host:port, wss://host:port, or host:port (IPv6 in brackets, like [::1]:50061).";

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

function portOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const port = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= 1 && port <= 65_535))
    throw invalidConfig(`Invalid port: ${text}. Expected a number from 1 to 65535.`);
  return port;
}

/** Parses an address; a path is accepted and ignored. Throws INVALID_CONFIG that quotes the text, unless it holds a password. */
export function parseEndpoint(text: string): Endpoint {
  if (/^[^/]*(\/\/)?[^/]*@/.test(text))
    throw invalidConfig(`Invalid URL format: it holds a user name or password. ${expected}`);
  const match = form.exec(text.trim());
  const scheme = match?.[1]?.toLowerCase();
  const known = scheme === undefined ? undefined : schemes[scheme];
  if (!match?.[2] || (scheme !== undefined && !known) || !dialable(match[2]))
    throw invalidConfig(`Invalid URL format: ${text.trim()}. ${expected}`);
  const bracketed = match[2];
  const host = bracketed.replace(/^\[|\]$/g, "");
  const port = portOf(match[3], known?.port ?? 50_061);
  const authority = `${bracketed}:${port}`;
  if (known) return { host, port, tls: known.tls, transport: known.transport, authority };
  return { host, port, tls: port === 443, transport: "gRPC", authority };
}

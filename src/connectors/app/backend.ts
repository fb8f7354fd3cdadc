/** Leads the WebSockets of an app's pages to a server of the author's, such as one on this machine. */
import type { ClientOptions } from "ws";
import { invalidConfig, MooringError } from "../../errors.js";
import { nodeHttp } from "../../late-modules.js";
import { checkOptions } from "../../options/check.js";
import { checkRange } from "../../options/ranges.js";
import type { Connector } from "../connector.js";
import type { RelayOpening } from "../relay.js";
import { BackendLine } from "./backend-line.js";
import { backendCall } from "./option-table.js";

/** A server that takes the WebSockets of an app's pages. */
export interface AppBackend {
  /** Where the server listens. The page's path follows the address's own, and the page's query goes with it. */
  readonly backend: string | URL;
  /**
   * Sent to the server beside those of the page, and over them.
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * How long the server may take to accept; the connector has 10 s in all.
   * @default 8,000 ms
   */
  readonly timeoutMs?: number;
}

/** Of one hop, or of the handshake, which is made anew. */
const notRelayed =
  /^(?:host|connection|upgrade|keep-alive|te|trailer|transfer-encoding|content-length|proxy-.*|sec-websocket-.*)$/i;

/** The longest message that is read of the server; what is above `maxMessageBytes` is refused after that, by name. */
const maxPayload = 64 * 1024 * 1024;

/** Milliseconds for the server to close what is closed here; then it is cut. */
const closeTimeout = 2_000;

const refused = (why: string): MooringError => new MooringError("INVOKE_FAILED", why);

function headersFor(opening: RelayOpening, own: AppBackend["headers"]): Record<string, string> {
  const relayed = Object.entries(opening.headers).filter(([name]) => !notRelayed.test(name));
  const named = new Map(
    [...relayed, ...Object.entries(own ?? {})].map(([name, value]) => [
      name.toLowerCase(),
      [name, value] as const,
    ]),
  );
  for (const [name, value] of named.values())
    try {
      nodeHttp().validateHeaderName(name);
      nodeHttp().validateHeaderValue(name, value);
    } catch {
      throw refused("A header of the WebSocket has a name or a value that no header can have.");
    }
  return Object.fromEntries(named.values());
}

/** Never another host's, and never above the address's own path. */
function addressFor(backend: URL, { path, query }: RelayOpening): URL {
  const base = backend.pathname.replace(/\/+$/, "");
  const address = new URL(backend);
  address.pathname = `${base}/${path.replace(/^\/+/, "")}`;
  address.search = query;
  if (address.pathname.startsWith(`${base}/`)) return address;
  throw refused("The path of the WebSocket leads out of the app.");
}

function protocolsOf({ headers }: RelayOpening): readonly string[] {
  const [, given = ""] =
    Object.entries(headers).find(([name]) => /^sec-websocket-protocol$/i.test(name)) ?? [];
  const protocols = given
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  if (protocols.every((one) => /^[!#$%&'*+\-.^`|~\w]+$/.test(one))) return [...new Set(protocols)];
  throw refused("A subprotocol of the WebSocket has a character that none can have.");
}

function backendOf(given: unknown): URL {
  const wanted = 'webSocket must lead to a ws:// or wss:// address, such as "ws://127.0.0.1:3000"';
  const text = given instanceof URL || typeof given === "string" ? String(given) : "";
  if (!URL.canParse(text)) throw invalidConfig(`${wanted}.`);
  const url = new URL(text);
  if (!/^wss?:$/.test(url.protocol)) throw invalidConfig(`${wanted}; got one of ${url.protocol}.`);
  if (url.search || url.hash) throw invalidConfig(`${wanted}, without a query: the page's own goes there.`);
  return url;
}

/** As `relay` of a connector. Throws INVALID_CONFIG. */
export function backendRelay(given: string | URL | AppBackend): NonNullable<Connector["relay"]> {
  const isAddress = typeof given === "string" || given instanceof URL;
  const options: AppBackend = isAddress ? { backend: given } : given;
  checkOptions(options, backendCall);
  const { table } = backendCall;
  checkRange("webSocket.timeoutMs", options.timeoutMs, table.timeoutMs);
  const backend = backendOf(options.backend);
  const handshakeTimeout = options.timeoutMs ?? table.timeoutMs.default;
  return async (opening, page) => {
    const { WebSocket } = await import("ws");
    const clientOptions: ClientOptions & { readonly closeTimeout: number } = {
      headers: headersFor(opening, options.headers),
      handshakeTimeout,
      maxPayload,
      perMessageDeflate: false,
      // The page's browser answers them.
      autoPong: false,
      closeTimeout,
    };
    const socket = new WebSocket(addressFor(backend, opening), [...protocolsOf(opening)], clientOptions);
    const line = new BackendLine(socket, page);
    return line.taken;
  };
}

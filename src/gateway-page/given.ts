/** What the page's server is given of a gateway, and what it gives back: types only. It is bundled into mooring-dev. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Gateway } from "../gateway/gateway.js";

export interface Given {
  readonly gateway: Gateway;
  /** Answers a request of the HTTP API as one of an administrator. */
  readonly api: (request: IncomingMessage, response: ServerResponse) => void;
  /** Without the tokens themselves. */
  readonly oneTimeTokens: () => readonly object[];
  /** How commands on this machine call the HTTP API. */
  readonly apiUrl: string;
  /** Whether the HTTP API wants an administrators' token. */
  readonly wantsToken: boolean;
  /** Takes an upgrade; pings are left to whoever is behind. */
  readonly acceptWebSocket: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<WebSocket>;
  /** Where the page's files are. */
  readonly folder: string;
}

export interface ServedPage {
  answer(request: IncomingMessage, response: ServerResponse): void;
  /** Only pages of apps open WebSockets. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** It is listened at this port. Returns the address with the token. */
  listensAt(port: number): string;
  /** Shows the charts of the runtime with this inspector; its address as it was printed. */
  showInspector(address: string): void;
  close(): void;
}

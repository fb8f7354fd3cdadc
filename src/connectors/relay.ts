/**
 * WebSockets that pages open through the gateway (docs/protocol.md, "Relayed WebSockets"), as a connector meets them:
 * it takes or refuses each, gets its frames in order, and sends and closes by itself.
 */

import type { RelayClose, RelayFrame } from "../protocol/relay-frames.js";

export type { RelayClose, RelayFrame } from "../protocol/relay-frames.js";

/** A page asks for a WebSocket through the gateway. */
export interface RelayOpening {
  /** The gateway's name for it, in every message about it. */
  readonly connectionId: string;
  /** With a slash before it. */
  readonly path: string;
  /** Without a question mark; may be empty. */
  readonly query: string;
  /** One value a name, as the gateway has them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The connector's end of a relayed WebSocket. */
export interface RelaySocket {
  /** The gateway's name for it. */
  readonly connectionId: string;
  /**
   * Sends a frame to the page; what is sent before the connection is taken goes out right after that. Resolves when there
   * is room for the next: wait for it, or what waits past a bound is refused. Rejects with `STREAM_ERROR` when the
   * connection is closed, and with `MESSAGE_TOO_LARGE` above the runtime's `maxMessageBytes`.
   */
  send(frame: RelayFrame): Promise<void>;
  /**
   * Closes it after what was sent; nothing comes any more. Throws INVALID_CONFIG for a code outside 1000 to 4999.
   * Idempotent.
   */
  close(code?: number, reason?: string): void;
  /** Aborted when it is closed, by whomever. */
  readonly closed: AbortSignal;
}

/** What a connector does with a WebSocket that it has taken. */
export interface RelayHandler {
  /**
   * A frame from the page. The next comes when this has returned, or its promise is settled. Throwing closes the
   * connection with 1011, and no other.
   */
  frame(frame: RelayFrame): void | Promise<void>;
  /** The last call, unless the connector has closed it by itself. */
  closed?(close: RelayClose): void;
}

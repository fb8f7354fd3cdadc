/**
 * The two doors that a connector may have besides `execute`: what the gateway relays comes in by `relay`, and what it
 * sends by itself goes out by the link that `linked` gives it. Drawn here for the kinds that will need them, and open
 * for none yet: the session counts such messages as ignored (`src/session/kinds.ts` is where they are taken one day).
 */

/** A page asks for a WebSocket through the gateway (`WebSocketOpenRequest`). */
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

/** One message of a relayed WebSocket (`WebSocketFrame`). Pings and pongs are relayed, and nobody here answers them. */
export type RelayFrame =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "binary" | "ping" | "pong"; readonly bytes: Uint8Array };

/** How a relayed WebSocket ended (`WebSocketCloseRequest`). */
export interface RelayClose {
  /** A close code of WebSocket, such as 1000; 1006 when the stream to the gateway was lost. */
  readonly code: number;
  readonly reason: string;
}

/**
 * Receives what the gateway relays, for each connection in the order of the wire: `opened` first, nothing after
 * `closed`, and `closed` for all that are open when the stream ends. One call for a connection begins when the one
 * before has settled. What it throws closes that connection, and no other.
 */
export interface RelayDoor {
  /** To be answered by `accept` or `refuse` of the link; throwing refuses. */
  opened(opening: RelayOpening): void | Promise<void>;
  frame(connectionId: string, frame: RelayFrame): void | Promise<void>;
  closed(connectionId: string, close: RelayClose): void;
}

/** A request to another connector (`InvokeCapabilityRequest`). */
export interface Invocation {
  /** `TENANT.TYPE.INSTANCE`, or a pattern that the gateway understands. */
  readonly target: string;
  /** What to ask of it; the connector's only one when left out. */
  readonly capabilityId?: string;
  /** A JSON value. */
  readonly payload: unknown;
  /** Milliseconds until it counts as failed, here and at the gateway. */
  readonly timeoutMs: number;
  readonly context?: Readonly<Record<string, string>>;
}

/**
 * What a connector sends by itself on the stream of its registration. Each call resolves when there is room for the
 * next (back-pressure: whoever does not wait fills the outbound half, which is bounded), which says nothing about
 * arrival. It rejects with a `MooringError`: `STREAM_ERROR` when the stream is gone, at once and for good, also for
 * what waits for room; `MESSAGE_TOO_LARGE` above `maxMessageBytes`, before anything is sent.
 */
export interface ConnectorLink {
  /** Aborted when the stream is gone. The next stream brings a link of its own; nothing is sent again on that. */
  readonly gone: AbortSignal;
  accept(connectionId: string): Promise<void>;
  /** `reason`: what the page may know. */
  refuse(connectionId: string, reason: string): Promise<void>;
  frame(connectionId: string, frame: RelayFrame): Promise<void>;
  close(connectionId: string, close: RelayClose): Promise<void>;
  /**
   * The other connector's answer, a JSON value. Rejects also with `TIMEOUT` after `timeoutMs`, and with `INVOKE_FAILED`
   * and the other's words when it has failed.
   */
  invoke(invocation: Invocation): Promise<unknown>;
}

/** What a kind that needs doors adds to its `Connector`. */
export interface ConnectorDoors {
  readonly relay?: RelayDoor;
  /** The registration serves, on a stream of its own; again on each further one. */
  linked?(link: ConnectorLink): void;
}

/**
 * The narrow interface between everything above and the bytes: open a stream, send, receive, end.
 * Adapters (`create.ts` has them by name) implement it and pass one conformance suite.
 *
 * Receiving is by callback, not by async iteration, so that an adapter which decodes a whole chunk at once
 * can deliver it without a promise per message.
 */
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";

/** What went wrong with a link or a stream; the transport's part of the machines' `FailureCause` words. */
export type LinkCause =
  | "unreachable" // nobody listens, no route, DNS failure
  | "local-error" // this machine refuses: no file or port left, not allowed
  | "connect-timeout" // dial, TLS or SETTINGS not done in time
  | "open-timeout" // connected, but the stream could not be opened or written in time
  | "tls" // certificate or TLS set-up refused by either side; a CA or key file that cannot be read
  | "not-grpc" // the peer speaks something else (plain HTTP, an HTML page, a malformed frame)
  | "message-too-large"
  | "server-closed" // the peer ended the stream with OK
  | "connection-lost" // reset, FIN, a PING without answer, a GOAWAY with an error
  | "status" // gRPC status from the peer
  | "outbound-closed" // our own sending half failed or was aborted by us
  | "internal";

/** A failed opening or the end of a stream, as facts; the machines decide what follows. */
export interface LinkFailure {
  /** What happened. */
  readonly cause: LinkCause;
  /** A gRPC status name (`UNAVAILABLE`), a Node error code (`ECONNREFUSED`), or what HTTP/2 said (`RST_CANCEL`). */
  readonly code?: string;
  /** Words for people: what to check. What a peer said is quoted in them, and only as `safeText` leaves it. */
  readonly detail?: string;
  /** The peer's own hint in ms (`retry-after`, `x-retry-after-ms`, grpc-retry-pushback-ms). */
  readonly retryAfterMs?: number;
}

/** How a stream ended, classified by who ended it and by error codes, never by message text. */
export interface StreamEnding {
  /** Who ended it: `local` after our own abort or after half-close from our side was answered. */
  readonly by: "local" | "peer" | "link";
  /** gRPC status number when one is known; 0 for a clean end. */
  readonly status: number;
  /** True when the status was carried by the peer (trailers), false when made up locally from a link error. */
  readonly statusFromPeer: boolean;
  /** Why it ended. */
  readonly failure: LinkFailure;
}

/** Receives what a stream brings, in order. Nothing is called after `ended`. Must not throw. */
export interface StreamSink {
  /** A message has come. */
  message(message: StreamMessage): void;
  /**
   * A message of `bytes` bytes is beyond the limit and is read past; `remainder` is what its small fields make. Of a
   * request it is called as soon as the id is known, of bytes that are no message with an empty one. Without this
   * method, such a message ends the stream.
   */
  oversized?(remainder: StreamMessage, bytes: number): void;
  /** The outbound buffer fell below its low-water mark again after `send` had returned false. */
  writable(): void;
  /** The connection drains (GOAWAY): finish here, open the next stream elsewhere. At most once. */
  goaway(): void;
  /** The last call. */
  ended(ending: StreamEnding): void;
}

/** An open stream. */
export interface TransportStream {
  /**
   * Queues a message; order is kept. Returns false when the outbound buffer is over its high-water mark:
   * the message is still taken, and `sink.writable()` follows. After the end it does nothing and returns false.
   */
  send(message: StreamMessage): boolean;
  /** Bytes queued and not yet handed to the connection. */
  readonly bufferedBytes: number;
  /** Stop and go on reading (back-pressure towards the peer by flow control). */
  pause(): void;
  /** Reads on after `pause`. */
  resume(): void;
  /** No more will be sent. The peer may go on; `sink.ended` follows when it closes too. */
  halfClose(): void;
  /** End now. `sink.ended` follows with `by: "local"`. The place on the channel is free when this returns. */
  abort(): void;
  /** What should have come on it has not: its connection is checked before a further stream is opened on that. */
  doubt?(): void;
}

/** Options of `open`. */
export interface OpenOptions {
  /** The first message, written without waiting for response headers (docs/protocol.md, "The first message"). */
  readonly first: StreamMessage;
  /** Who is told what comes. */
  readonly sink: StreamSink;
  /** Gives up the opening. Later it has no effect: use `abort()` of the stream. */
  readonly signal: AbortSignal;
  /** Milliseconds for dial, TLS, SETTINGS and the first write together. */
  readonly timeoutMs: number;
}

/**
 * A stream could not be opened.
 *
 * @example
 * ```ts
 * import { TransportOpenError } from "mooring/transport";
 *
 * export const isTransient = (error: unknown) =>
 *   error instanceof TransportOpenError && error.failure.cause === "unreachable";
 * ```
 */
export class TransportOpenError extends Error {
  /** Why. */
  readonly failure: LinkFailure;
  /** `cause` in `options` keeps a foreign error. */
  constructor(failure: LinkFailure, options?: ErrorOptions) {
    super(
      `The stream could not be opened: ${failure.cause}${failure.code ? ` (${failure.code})` : ""}.`,
      options,
    );
    this.name = "TransportOpenError";
    this.failure = failure;
  }
}

/** One connection and its streams, as seen from outside. */
export interface ChannelStatus {
  /** Its number, from 1. */
  readonly id: number;
  /** Whether it takes streams: only when `ready`. */
  readonly state: "dialling" | "ready" | "draining" | "closed";
  /** Streams open on it. */
  readonly streams: number;
  /** Streams that it takes. */
  readonly capacity: number;
}

/** Opens streams to one gateway, on as few connections as they fit on. */
export interface Transport {
  /** `sdk.transport` of the instance metadata. */
  readonly kind: "gRPC" | "WebSocket";
  /** Whether connections are encrypted. */
  readonly tls: boolean;
  /** `host:port` as dialled, IPv6 in brackets. */
  readonly authority: string;
  /**
   * Resolves when the stream is open in the sense of the design: peer's SETTINGS seen, place held, headers
   * and first message written; response headers are not awaited.
   * Rejects with {@link TransportOpenError}, or with the signal's reason when it was given up.
   */
  open(options: OpenOptions): Promise<TransportStream>;
  /** Its connections as they are now. */
  channels(): readonly ChannelStatus[];
  /** Ends every stream and connection. Idempotent; resolves when all sockets are gone. */
  close(): Promise<void>;
}

/**
 * The narrow interface between everything above and the bytes: open a stream, send, receive, end.
 * Adapters (`adapters.ts` has them by name) implement it and pass one conformance suite.
 *
 * Receiving is by callback, not by async iteration, so that an adapter which decodes a whole chunk at once
 * can deliver it without a promise per message.
 */
import type { Cancellable } from "../cancellation.js";
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Endpoint } from "../protocol/endpoint.js";
import type { DialOptions } from "./options.js";

/**
 * Why a link or a stream ended, in words that fit every transport: all that is decided above is decided by them. An
 * adapter says which of its peer's codes means which. They are the transport's part of the machines' `FailureCause`.
 */
export type LinkCause =
  | "unreachable" // nobody listens, no route, DNS failure
  | "proxy-failed" // the proxy on the way gave no connection; `code` has the protocol's name for why
  | "local-error" // this machine refuses: no file or port left, not allowed
  | "connect-timeout" // the connection was not ready in time: dial, TLS, the peer's first word
  | "open-timeout" // connected, but the stream could not be opened or written in time
  | "tls" // certificate or TLS set-up refused by either side; a CA or key file that cannot be read
  | "wrong-protocol" // the peer speaks something else (plain HTTP, an HTML page, a malformed frame)
  | "message-too-large" // above our limit (ended `by` us or the link), or above the peer's (`by` the peer)
  | "refused-by-peer" // the peer finds fault with what it was sent; before acceptance, that is the register request
  | "identity-refused" // the peer does not believe who we are; before acceptance, it refuses the registration
  | "access-denied" // the peer knows who we are, and does not let us
  | "peer-unavailable" // the peer shuts down or cannot serve now; also what a proxy says of a peer that it does not reach
  | "peer-exhausted" // the peer takes no message of that size, or nothing more for now
  | "peer-error" // the peer ended the stream with another error of its own
  | "server-closed" // the peer ended the stream in order
  | "connection-lost" // cut, reset or silent, and nobody can say more
  | "outbound-closed" // our own sending half failed or was aborted by us
  | "internal";

/** A failed opening or the end of a stream, as facts; the machines decide what follows. */
export interface LinkFailure {
  /** What happened. */
  readonly cause: LinkCause;
  /** The peer's own code, or Node's (`ECONNREFUSED`). For people and their searches: nothing is decided by it. */
  readonly code?: string;
  /** Words for people: what to check. What a peer said is quoted in them, and only as `safeText` leaves it. */
  readonly detail?: string;
  /** The peer's own hint in ms: the next try is not made sooner. */
  readonly retryAfterMs?: number;
  /** An opening has failed by the gateway's own word: the way to it is open. */
  readonly isAnswer?: true;
}

/** How a stream ended, classified by who ended it and by error codes, never by message text. */
export interface StreamEnding {
  /**
   * Who ended it: the `peer` by its own word; `local` after our own abort, or when the peer answered our half-close;
   * else the `link`, or something on it.
   */
  readonly by: "local" | "peer" | "link";
  /** Why it ended. */
  readonly failure: LinkFailure;
  /** True where peers end a stream in this way also for a message that they cannot take, and not when they restart. */
  readonly mayBlameMessage?: boolean;
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
  /** The peer asks the connection back: finish here, open the next stream elsewhere. At most once. */
  peerDraining(): void;
  /** The last call. */
  ended(ending: StreamEnding): void;
}

/** An open stream. */
export interface TransportStream {
  /** What carries it, where its transport has several ways. */
  readonly kind?: WireKind;
  /**
   * Queues a message; order is kept. Returns false when the outbound buffer is over its high-water mark:
   * the message is still taken, and `sink.writable()` follows. After the end it does nothing and returns false.
   */
  send(message: StreamMessage): boolean;
  /** Bytes queued and not yet handed to the connection. */
  readonly bufferedBytes: number;
  /** Stop and go on reading: the peer is held up, as far as the transport can. */
  pause(): void;
  /** Reads on after `pause`. */
  resume(): void;
  /**
   * No more will be sent. The peer may go on; `sink.ended` follows when it closes too. Without the ability
   * `halfClose`, the stream ends once what was sent is with the connection.
   */
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
  /** The same where it goes by something else than the `kind` that the transport had when it was made. */
  readonly firstOver?: (kind: WireKind) => StreamMessage;
  /** Who is told what comes. */
  readonly sink: StreamSink;
  /** Gives up the opening, as an AbortSignal does. Later it has no effect: use `abort()` of the stream. */
  readonly signal: Cancellable;
  /** Milliseconds until the connection is ready and the first message is written. */
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
  /** What came on it and is no message: dropped. 0 on gRPC, where such bytes end their stream. */
  readonly unreadable: number;
}

/** What gateways are dialled with (docs/protocol.md, "Addresses"); `sdk.transport` of the instance metadata. */
export type WireKind = Endpoint["transport"];

/** What carries streams to the gateway. */
export interface TransportInUse {
  /** What the gateway is dialled with; null: `transport` is `auto`, and the gateway has answered over neither yet. */
  readonly kind: WireKind | null;
  /** Why that, in words, such as `since gRPC does not get through here: ECONNREFUSED`; null: it was set. */
  readonly why: string | null;
}

/** Opens streams to one gateway, on as few connections as they fit on. */
export interface Transport {
  /** What the gateway is dialled with; of several ways, the one that comes first at this moment. */
  readonly kind: WireKind;
  /** Whether connections are encrypted. */
  readonly tls: boolean;
  /** `host:port` as dialled, IPv6 in brackets. */
  readonly authority: string;
  /**
   * Resolves when the peer has shown that it speaks the protocol, a place is held and the first message is written;
   * an answer to that is not awaited.
   * Rejects with {@link TransportOpenError}, or with the signal's reason when it was given up.
   */
  open(options: OpenOptions): Promise<TransportStream>;
  /** Its connections as they are now. */
  channels(): readonly ChannelStatus[];
  /** Ends every stream and connection. Idempotent; resolves when all sockets are gone. */
  close(): Promise<void>;
}

/** What a transport may be able to do; the rest of the contract all can. */
export type Ability =
  /** `halfClose()` leaves the peer's half open. */
  | "halfClose"
  /** The peer can ask a connection back while its streams go on: `sink.peerDraining()`. */
  | "drainNotice"
  /** The peer can say why it ends a stream; else every end is in order or a loss. */
  | "peerCodes"
  /** A code that the library made up is told from one that the peer sent. */
  | "honestCodes"
  /** The number of streams that a peer allows is kept. */
  | "streamLimit"
  /** Messages that came right before the peer's error are delivered. */
  | "messagesBeforeError"
  /** Compression is neither offered nor taken. */
  | "noCompression"
  /** A paused stream leaves the others of its connection their share. */
  | "windowOfOwn"
  /** A connection in doubt is asked, and used again when it answers. */
  | "probe"
  /** A connection that Node gave up in silence, because the peer broke its protocol, is found by the next stream on it. */
  | "deadConnection";

/** What an adapter cannot do, by its library's or its protocol's nature, with the reason. */
export type Lacks = Readonly<Partial<Record<Ability, string>>>;

/** An adapter as it presents itself to the table in `adapters.ts`. docs/transports.md tells users what it lacks. */
export interface TransportAdapter {
  readonly lacks: Lacks;
  /** Opens nothing until the first stream. Its options are checked. */
  create(options: DialOptions): Transport;
}

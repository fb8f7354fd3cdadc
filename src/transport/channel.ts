/**
 * One HTTP/2 connection: dialling with a deadline, waiting for the peer's SETTINGS, PING, GOAWAY, capacity.
 * It is the `sessionManager` of a Connect transport; Connect's own can crash the process after a PING
 * timeout and can hang while verifying (connect-es issues 1768, 1795 and 1746).
 *
 * Does not decide which streams go where: that is `pool.ts`.
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from "node:http2";
import { linkFailure } from "./failure-table.js";
import { type TlsOptions, tlsConnectionOptions } from "./tls.js";
import { type ChannelStatus, type LinkFailure, TransportOpenError } from "./transport.js";

export interface ChannelOptions {
  readonly host: string;
  readonly authority: string;
  readonly tls: TlsOptions | null;
  /** Places for streams, unless the peer allows fewer. */
  readonly places: number;
  /** Dial, TLS and SETTINGS together, in ms. */
  readonly connectTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

export interface ChannelListener {
  /** The connection is over; its socket may take a moment longer. */
  closed(channel: Channel): void;
  /** The peer said how many streams it takes at once. */
  limited(maxStreams: number): void;
}

/** A stream on a channel, told what becomes of the connection. */
export interface ChannelWatcher {
  /** The peer asks the connection back; what runs on it may end well. */
  goaway(): void;
  /** The connection is over, for who does not read and so would not see it. */
  closed(): void;
}

/** How long a destroyed socket may take to be gone. */
const goneLimitMs = 1_000;

type State =
  | { readonly name: "dialling"; readonly session: ClientHttp2Session }
  | { readonly name: "ready"; readonly session: ClientHttp2Session }
  | { readonly name: "draining"; readonly session: ClientHttp2Session }
  | { readonly name: "closed"; readonly failure: LinkFailure };

/** Bytes in flight towards us: per stream, and over the whole connection. */
const streamWindow = 1024 * 1024;
const connectionWindow = 16 * 1024 * 1024;

/** In its normal form, as Connect compares it with a request's: no default port. */
export const originOf = ({ tls, authority }: ChannelOptions): string =>
  new URL(`${tls ? "https" : "http"}://${authority}`).origin;

export class Channel {
  readonly id: number;
  /** The origin, see {@link originOf}. */
  readonly authority: string;
  /** Settles when dialling has ended: ready, or the failure. Never rejects. */
  readonly dialled: Promise<LinkFailure | null>;
  /** Resolves when the socket is gone. */
  readonly gone: Promise<void>;
  readonly #options: ChannelOptions;
  readonly #listener: ChannelListener;
  readonly #watchers = new Set<ChannelWatcher>();
  readonly #dialled = withResolvers<LinkFailure | null>();
  readonly #gone = withResolvers<void>();
  #state: State;
  #failure: LinkFailure | undefined;
  #capacity: number;
  #reserved = 0;
  #pinger: NodeJS.Timeout | undefined;

  /** `expected`: places until the peer's SETTINGS say how many there are. */
  constructor(id: number, options: ChannelOptions, expected: number, listener: ChannelListener) {
    this.id = id;
    this.authority = originOf(options);
    this.dialled = this.#dialled.promise;
    this.gone = this.#gone.promise;
    this.#options = options;
    this.#listener = listener;
    this.#capacity = expected;
    try {
      const session = this.#dial();
      this.#state = { name: "dialling", session };
      this.#watch(session);
    } catch (error) {
      const failure = linkFailure(error, "internal");
      this.#state = { name: "closed", failure };
      this.#dialled.resolve(failure);
      this.#gone.resolve();
    }
  }

  /** Whether a further stream may be placed here (also while dialling: places come first). */
  get open(): boolean {
    return (
      (this.#state.name === "dialling" || this.#state.name === "ready") && this.#reserved < this.#capacity
    );
  }

  get state(): ChannelStatus["state"] {
    return this.#state.name;
  }

  get reserved(): number {
    return this.#reserved;
  }

  /** Why the connection is over, or will be: the earliest fact known. */
  get failure(): LinkFailure | undefined {
    return this.#failure;
  }

  status(): ChannelStatus {
    return { id: this.id, state: this.#state.name, streams: this.#reserved, capacity: this.#capacity };
  }

  /** Takes a place; `release` gives it back, once. */
  reserve(): () => void {
    this.#reserved += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#reserved -= 1;
      if (this.#reserved === 0 && this.#state.name === "draining") this.close();
    };
  }

  /** Whether more places are taken than the peer allows: the peer told so after they were reserved. */
  get overbooked(): boolean {
    return this.#reserved > this.#capacity;
  }

  watch(watcher: ChannelWatcher): void {
    this.#watchers.add(watcher);
  }

  unwatch(watcher: ChannelWatcher): void {
    this.#watchers.delete(watcher);
  }

  /** Opens an HTTP/2 stream. Throws {@link TransportOpenError} when the channel is not ready. */
  start(path: string, headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const state = this.#state;
    if (state.name !== "ready") {
      const failure: LinkFailure = state.name === "closed" ? state.failure : { cause: "connection-lost" };
      throw new TransportOpenError(failure);
    }
    const { authority } = this.#options;
    return state.session.request({ ":method": "POST", ":authority": authority, ":path": path, ...headers });
  }

  /** Part of Connect's session manager: opens an HTTP/2 stream. */
  request(_method: string, path: string, headers: OutgoingHttpHeaders): Promise<ClientHttp2Stream> {
    try {
      return Promise.resolve(this.start(path, headers));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Part of Connect's session manager. PINGs go by their own clock, so there is nothing to note. */
  notifyResponseByteRead(): void {}

  close(): void {
    if (this.#state.name !== "closed") this.#end({ cause: "outbound-closed" });
  }

  #dial(): ClientHttp2Session {
    const { tls, host } = this.#options;
    const secure: SecureClientSessionOptions = tls ? tlsConnectionOptions(tls, host) : {};
    return connect(this.authority, {
      ...secure,
      settings: { enablePush: false, initialWindowSize: streamWindow },
    });
  }

  #watch(session: ClientHttp2Session): void {
    const deadline = setTimeout(
      () => this.#end({ cause: "connect-timeout" }),
      this.#options.connectTimeoutMs,
    );
    // Stays for the session's whole life: a late 'error' must never be uncaught.
    session.on("error", (error) => this.#end(linkFailure(error, "connection-lost")));
    session.on("close", () => {
      this.#end({ cause: "connection-lost" });
      clearTimeout(deadline);
      this.#gone.resolve();
    });
    session.on("goaway", (code) => this.#drain(code));
    session.on("remoteSettings", (settings) => {
      this.#limit(settings.maxConcurrentStreams);
      if (this.#state.name !== "dialling") return;
      clearTimeout(deadline);
      session.setLocalWindowSize(connectionWindow);
      this.#state = { name: "ready", session };
      this.#schedulePing(session);
      this.#dialled.resolve(null);
    });
  }

  /** At least one place, or nothing would ever be tried. */
  #limit(maxStreams: number | undefined): void {
    this.#capacity = Math.max(1, Math.min(this.#options.places, maxStreams ?? this.#options.places));
    this.#listener.limited(this.#capacity);
  }

  #schedulePing(session: ClientHttp2Session): void {
    this.#pinger = setTimeout(() => this.#ping(session), this.#options.pingIntervalMs);
    this.#pinger.unref();
  }

  #ping(session: ClientHttp2Session): void {
    if (session.destroyed || session.closed) return;
    this.#pinger = setTimeout(() => {
      this.#end({
        cause: "connection-lost",
        code: "PING_TIMEOUT",
        detail: "A PING was not answered in time.",
      });
    }, this.#options.pingTimeoutMs);
    this.#pinger.unref();
    session.ping((error) => {
      clearTimeout(this.#pinger);
      if (!error && this.#state.name !== "closed") this.#schedulePing(session);
    });
  }

  #drain(code: number): void {
    const state = this.#state;
    if (state.name !== "ready" && state.name !== "dialling") return;
    if (code !== constants.NGHTTP2_NO_ERROR)
      this.#failure = { cause: "connection-lost", code: `GOAWAY_${code}` };
    this.#state = { name: "draining", session: state.session };
    for (const watcher of [...this.#watchers]) watcher.goaway();
    if (this.#reserved === 0) this.close();
  }

  #end(failure: LinkFailure): void {
    const state = this.#state;
    if (state.name === "closed") return;
    this.#failure ??= failure;
    this.#state = { name: "closed", failure };
    clearTimeout(this.#pinger);
    // With NO_ERROR, streams that still wait for headers would wait for ever.
    state.session.destroy(undefined, constants.NGHTTP2_CANCEL);
    // After a TLS alert during the dial, Node may never say that the session has closed.
    setTimeout(() => this.#gone.resolve(), goneLimitMs).unref();
    this.#dialled.resolve(failure);
    this.#listener.closed(this);
    for (const watcher of [...this.#watchers]) watcher.closed();
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

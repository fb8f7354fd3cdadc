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

/** Called when the channel is of no further use for new streams. */
export interface ChannelListener {
  draining(channel: Channel): void;
  closed(channel: Channel): void;
}

type State =
  | { readonly name: "dialling"; readonly session: ClientHttp2Session }
  | { readonly name: "ready"; readonly session: ClientHttp2Session }
  | { readonly name: "draining"; readonly session: ClientHttp2Session }
  | { readonly name: "closed"; readonly failure: LinkFailure };

/** Bytes in flight towards us: per stream, and over the whole connection. */
const streamWindow = 1024 * 1024;
const connectionWindow = 16 * 1024 * 1024;

export class Channel {
  readonly id: number;
  /** The origin, as Connect compares it with the request's. */
  readonly authority: string;
  /** Settles when dialling has ended: ready, or the failure. Never rejects. */
  readonly dialled: Promise<LinkFailure | null>;
  readonly #options: ChannelOptions;
  readonly #listener: ChannelListener;
  readonly #goawayListeners = new Set<() => void>();
  #state: State;
  #error: unknown;
  #capacity: number;
  #reserved = 0;
  #pinger: NodeJS.Timeout | undefined;

  constructor(id: number, options: ChannelOptions, listener: ChannelListener) {
    this.id = id;
    this.authority = `${options.tls ? "https" : "http"}://${options.authority}`;
    this.#options = options;
    this.#listener = listener;
    this.#capacity = options.places;
    const { promise, resolve } = withResolvers<LinkFailure | null>();
    this.dialled = promise;
    try {
      const session = this.#dial();
      this.#state = { name: "dialling", session };
      this.#watch(session, resolve);
    } catch (error) {
      const failure = linkFailure(error, "internal");
      this.#state = { name: "closed", failure };
      resolve(failure);
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

  /** The error that ended the connection, if it was one. */
  get error(): unknown {
    return this.#error;
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

  onGoaway(listener: () => void): () => void {
    this.#goawayListeners.add(listener);
    return () => this.#goawayListeners.delete(listener);
  }

  /** Part of Connect's session manager: opens an HTTP/2 stream. */
  request(_method: string, path: string, headers: OutgoingHttpHeaders): Promise<ClientHttp2Stream> {
    const state = this.#state;
    if (state.name !== "ready") {
      const failure: LinkFailure = state.name === "closed" ? state.failure : { cause: "connection-lost" };
      return Promise.reject(new TransportOpenError(failure));
    }
    try {
      return Promise.resolve(state.session.request({ ...headers, ":method": "POST", ":path": path }));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Part of Connect's session manager. PINGs go by their own clock, so there is nothing to note. */
  notifyResponseByteRead(): void {}

  close(): void {
    if (this.#state.name !== "closed") this.#end({ cause: "outbound-closed" }, undefined);
  }

  #dial(): ClientHttp2Session {
    const { tls, host } = this.#options;
    const secure: SecureClientSessionOptions = tls ? tlsConnectionOptions(tls, host) : {};
    return connect(this.authority, {
      ...secure,
      settings: { enablePush: false, initialWindowSize: streamWindow },
    });
  }

  #watch(session: ClientHttp2Session, dialled: (failure: LinkFailure | null) => void): void {
    const deadline = setTimeout(
      () => this.#end({ cause: "connect-timeout" }, undefined),
      this.#options.connectTimeoutMs,
    );
    // Stays for the session's whole life: a late 'error' must never be uncaught.
    session.on("error", (error) => this.#end(linkFailure(error, "connection-lost"), error));
    session.on("close", () => {
      this.#end({ cause: "connection-lost" }, undefined);
      clearTimeout(deadline);
      dialled(this.#state.name === "closed" ? this.#state.failure : null);
    });
    session.on("goaway", (code) => this.#drain(code));
    session.once("remoteSettings", (settings) => {
      clearTimeout(deadline);
      if (this.#state.name !== "dialling") return;
      this.#capacity = Math.max(
        1,
        Math.min(this.#options.places, settings.maxConcurrentStreams ?? this.#options.places),
      );
      session.setLocalWindowSize(connectionWindow);
      this.#state = { name: "ready", session };
      this.#schedulePing(session);
      dialled(null);
    });
    session.on("remoteSettings", (settings) => {
      this.#capacity = Math.max(
        1,
        Math.min(this.#options.places, settings.maxConcurrentStreams ?? this.#options.places),
      );
    });
  }

  #schedulePing(session: ClientHttp2Session): void {
    this.#pinger = setTimeout(() => this.#ping(session), this.#options.pingIntervalMs);
    this.#pinger.unref();
  }

  #ping(session: ClientHttp2Session): void {
    if (session.destroyed || session.closed) return;
    this.#pinger = setTimeout(() => {
      this.#end(
        { cause: "connection-lost", code: "PING_TIMEOUT", detail: "A PING was not answered in time." },
        undefined,
      );
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
    if (code !== constants.NGHTTP2_NO_ERROR) this.#error ??= new Error(`GOAWAY ${code}`);
    this.#state = { name: "draining", session: state.session };
    this.#listener.draining(this);
    for (const listener of [...this.#goawayListeners]) listener();
    if (this.#reserved === 0) this.close();
  }

  #end(failure: LinkFailure, error: unknown): void {
    const state = this.#state;
    if (state.name === "closed") return;
    this.#error ??=
      error ?? (failure.cause === "outbound-closed" ? undefined : new TransportOpenError(failure));
    this.#state = { name: "closed", failure };
    clearTimeout(this.#pinger);
    state.session.destroy();
    this.#listener.closed(this);
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

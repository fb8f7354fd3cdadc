/**
 * One HTTP/2 connection: dialling with a deadline, waiting for the peer's SETTINGS, PING, GOAWAY, capacity.
 * It stands behind the `sessionManager` of a Connect transport; Connect's own can crash the process after a PING
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
} from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket, connect as tlsConnect } from "node:tls";
import { destroySession, destroySocket } from "../../http2/ending.js";
import { TlsCarrier } from "../../http2/tls-carrier.js";
import type { Way } from "../../network/proxy/dialler.js";
import {
  connectionWindow,
  goneLimitMs,
  sessionMemory,
  silentLimitMs,
  streamWindow,
} from "../../protocol/limits.js";
import { withResolvers } from "../../with-resolvers.js";
import { closedWithoutReason, silentDial } from "../loss.js";
import { Places } from "../pool/places.js";
import { type ChannelListener, ChannelPool, type ChannelWatcher, type PoolChannel } from "../pool/pool.js";
import { type TlsOptions, tlsConnectionOptions } from "../tls.js";
import { type ChannelStatus, type LinkFailure, TransportOpenError } from "../transport.js";
import { alpn, type ChannelOptions, originOf, portOf, wayOf } from "./channel-options.js";
import { http2Failure } from "./failures.js";
import { goawayLoss, lostInDial, pingTimeout, sendsNothing, sessionClosed } from "./loss.js";
import { Pings } from "./pings.js";

const settlingTurns = 50;

type State =
  /** A proxy on the way comes before anything else. */
  | { readonly name: "tunnelling"; readonly giveUp: AbortController }
  /** TCP and TLS come before HTTP/2. */
  | { readonly name: "securing"; readonly socket: TLSSocket }
  | { readonly name: "dialling"; readonly session: ClientHttp2Session }
  | { readonly name: "ready"; readonly session: ClientHttp2Session }
  /** Takes no further streams, and may yet be asked back. */
  | { readonly name: "retired"; readonly session: ClientHttp2Session }
  | { readonly name: "draining"; readonly session: ClientHttp2Session }
  | { readonly name: "closed"; readonly failure: LinkFailure };

export class Channel implements PoolChannel {
  readonly id: number;
  /** The origin, see {@link originOf}. */
  readonly authority: string;
  readonly dialled: Promise<LinkFailure | null>;
  readonly gone: Promise<void>;
  readonly #options: ChannelOptions;
  readonly #listener: ChannelListener<Channel>;
  readonly #places: Places;
  readonly #watchers = new Set<ChannelWatcher>();
  readonly #dialled = withResolvers<LinkFailure | null>();
  readonly #gone = withResolvers<void>();
  readonly #deadline: NodeJS.Timeout;
  #state: State;
  #failure: LinkFailure | undefined;
  #pings: Pings | undefined;
  #sending: NodeJS.Timeout | undefined;

  /** `expected`: places until the peer's SETTINGS say how many there are. */
  constructor(id: number, options: ChannelOptions, expected: number, listener: ChannelListener<Channel>) {
    this.id = id;
    this.authority = originOf(options);
    this.dialled = this.#dialled.promise;
    this.gone = this.#gone.promise;
    this.#options = options;
    this.#listener = listener;
    this.#places = new Places(expected);
    const { connectTimeoutMs } = options;
    this.#deadline = setTimeout(
      () => this.#end(silentDial("connect-timeout", connectTimeoutMs)),
      connectTimeoutMs,
    );
    try {
      const way = wayOf(options);
      this.#state = way ? this.#tunnel(way) : options.tls ? this.#secure(options.tls) : this.#dial();
    } catch (error) {
      clearTimeout(this.#deadline);
      const failure = http2Failure(error, "internal");
      this.#state = { name: "closed", failure };
      this.#dialled.resolve(failure);
      this.#gone.resolve();
    }
  }

  get open(): boolean {
    const { name } = this.#state;
    if (this.state === "dialling") return this.#places.free;
    return name === "ready" && this.#places.free && !this.#pings?.doubted && !this.#state.session.closed;
  }

  get state(): ChannelStatus["state"] {
    const { name } = this.#state;
    if (name === "securing" || name === "tunnelling") return "dialling";
    return name === "retired" ? "draining" : name;
  }

  /** Why the connection is over, or will be: the earliest fact known. */
  get failure(): LinkFailure | undefined {
    return this.#failure;
  }

  status(): ChannelStatus {
    return this.#places.status(this.id, this.state);
  }

  reserve(): () => void {
    return this.#places.take(() => {
      if (this.#places.taken === 0 && this.state === "draining") this.close();
    });
  }

  get overbooked(): boolean {
    return this.#places.overbooked;
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
      const failure: LinkFailure = state.name === "closed" ? state.failure : sessionClosed;
      throw new TransportOpenError(failure);
    }
    const { session } = state;
    if (session.closed || session.destroyed) {
      this.#leave();
      throw new TransportOpenError(sessionClosed);
    }
    const { authority } = this.#options;
    const stream = request(session, {
      ":method": "POST",
      ":authority": authority,
      ":path": path,
      ...headers,
    });
    stream.once("frameError", () => this.#leave());
    setImmediate(() => this.#seeThatItSends(session));
    return stream;
  }

  get doubt(): Promise<void> | undefined {
    return this.#state.name === "ready" && this.#places.free ? this.#pings?.doubt : undefined;
  }

  ask(): void {
    this.#pings?.ask();
  }

  retire(): void {
    const state = this.#state;
    if (state.name !== "ready") return;
    this.#state = { name: "retired", session: state.session };
    if (this.#places.taken === 0) this.close();
  }

  close(): void {
    if (this.#state.name !== "closed") this.#end({ cause: "outbound-closed" });
  }

  #tunnel(way: Way): State {
    const giveUp = new AbortController();
    way.open(this.#options.connectTimeoutMs, giveUp.signal).then(
      (socket) => this.#tunnelled(socket),
      (error: unknown) => {
        this.#end(http2Failure(error, "connection-lost"));
        this.#gone.resolve();
      },
    );
    return { name: "tunnelling", giveUp };
  }

  #tunnelled(socket: Socket): void {
    if (this.#state.name !== "tunnelling") return destroySocket(socket);
    const { tls } = this.#options;
    try {
      this.#state = tls
        ? this.#secure(tls, socket)
        : this.#dial(socket instanceof TLSSocket ? new TlsCarrier(socket) : socket);
    } catch (error) {
      destroySocket(socket);
      this.#end(http2Failure(error, "internal"));
      this.#gone.resolve();
    }
  }

  /** Without a carrier, `node:http2` dials by itself. */
  #dial(carrier?: Duplex): State {
    const settings = { enablePush: false, initialWindowSize: streamWindow };
    const createConnection = carrier && (() => carrier);
    const session = connect(this.authority, { ...sessionMemory, settings, createConnection });
    this.#watch(session);
    return { name: "dialling", session };
  }

  /** A socket of our own, because a session does not tell that the peer refused our certificate. */
  #secure(tls: TlsOptions, carrier?: Socket): State {
    const { host } = this.#options;
    const where = carrier ? { socket: carrier } : { port: portOf(this.#options) };
    // Over a carrier, too, the host is what the certificate of an address without a name is held against.
    const socket = tlsConnect({ ...tlsConnectionOptions(tls, host, alpn), host, ...where });
    socket.on("error", (error) => this.#end(this.#lost(http2Failure(error, "connection-lost"))));
    socket.on("close", () => {
      this.#end(this.#lost(closedWithoutReason));
      this.#gone.resolve();
    });
    socket.once("secureConnect", () => {
      if (this.#state.name === "securing") this.#state = this.#dial(new TlsCarrier(socket));
    });
    return { name: "securing", socket };
  }

  #watch(session: ClientHttp2Session): void {
    // Stays for the session's whole life: a late 'error' must never be uncaught.
    session.on("error", (error) => this.#end(this.#lost(http2Failure(error, "connection-lost"))));
    session.on("close", () => {
      this.#end(this.#lost(closedWithoutReason));
      this.#gone.resolve();
    });
    session.on("frameError", () => this.#leave());
    session.on("goaway", (code, _lastStream, debug) => this.#drain(code, debug));
    session.on("remoteSettings", (settings) => {
      this.#limit(settings.maxConcurrentStreams);
      if (this.#state.name !== "dialling") return;
      clearTimeout(this.#deadline);
      session.setLocalWindowSize(connectionWindow);
      this.#state = { name: "ready", session };
      const { pingIntervalMs, pingTimeoutMs } = this.#options;
      const times = { intervalMs: pingIntervalMs, timeoutMs: pingTimeoutMs };
      this.#pings = new Pings(session, times, () => this.#end(pingTimeout));
      this.#dialled.resolve(null);
    });
  }

  #lost(failure: LinkFailure): LinkFailure {
    return this.state === "dialling" ? lostInDial(failure, this.#options.tls !== null) : failure;
  }

  #limit(maxStreams: number | undefined): void {
    this.#places.limit(Math.min(this.#options.places, maxStreams ?? this.#options.places));
    this.#listener.limited(this.#places.capacity);
  }

  /** Node closes a session after a frame that it could not send. What runs on it may go on, or may be dead, too. */
  #leave(): void {
    this.retire();
    this.ask();
  }

  /**
   * Node 20 does not tell that nghttp2 has given up a session because the peer broke HTTP/2: nothing is sent or read
   * from then on.
   */
  #seeThatItSends(session: ClientHttp2Session): void {
    if (this.#sending || session.destroyed || !session.state.outboundQueueSize) return;
    const before = session.socket?.bytesWritten;
    const judge = () => {
      this.#sending = undefined;
      if (session.destroyed || session.socket?.bytesWritten !== before) return;
      if (session.state.outboundQueueSize) this.#end(sendsNothing);
    };
    // A loop that was blocked looks at its timers before it sees what has been written.
    const settle = (turns: number) => (turns === 0 ? judge() : setImmediate(() => settle(turns - 1)));
    this.#sending = setTimeout(() => settle(settlingTurns), silentLimitMs).unref();
  }

  #drain(code: number, debug: Uint8Array | undefined): void {
    const state = this.#state;
    if (!("session" in state) || state.name === "draining") return;
    if (code !== constants.NGHTTP2_NO_ERROR) this.#failure = goawayLoss(code, debug);
    this.#state = { name: "draining", session: state.session };
    for (const watcher of [...this.#watchers]) watcher.peerDraining();
    if (this.#places.taken === 0) this.close();
  }

  #end(failure: LinkFailure): void {
    const state = this.#state;
    if (state.name === "closed") return;
    this.#failure ??= failure;
    this.#state = { name: "closed", failure };
    this.#pings?.stop();
    clearTimeout(this.#deadline);
    clearTimeout(this.#sending);
    if (state.name === "tunnelling") state.giveUp.abort();
    else if (state.name === "securing") destroySocket(state.socket);
    else destroySession(state.session);
    // After a TLS alert during the dial, Node may never say that the session has closed.
    setTimeout(() => this.#gone.resolve(), goneLimitMs).unref();
    this.#dialled.resolve(failure);
    this.#listener.closed(this);
    for (const watcher of [...this.#watchers]) watcher.closed();
  }
}

function request(session: ClientHttp2Session, headers: OutgoingHttpHeaders): ClientHttp2Stream {
  try {
    return session.request(headers);
  } catch (error) {
    throw new TransportOpenError(http2Failure(error, "internal"), { cause: error });
  }
}

/** Opens nothing until the first place is wanted. */
export const channelPool = (options: ChannelOptions): ChannelPool<Channel> =>
  new ChannelPool(options.places, (id, expected, listener) => new Channel(id, options, expected, listener));

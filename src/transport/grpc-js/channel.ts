/**
 * One connection of grpc-js: a `Client` with a subchannel of its own that dials once. It dials, sends PINGs and
 * takes GOAWAYs by itself; here is what the pool wants to know of that. A client that has lost its connection
 * is closed, because grpc-js would quietly dial again.
 */
import type { Socket } from "node:net";
import { CallCredentials, type ChannelInterface, Client, connectivityState } from "@grpc/grpc-js";
import { destroySocket, outsideHttp2 } from "../../http2/ending.js";
import type { Way } from "../../network/proxy/dialler.js";
import { maxTimerMs } from "../../protocol/defaults.js";
import { connectionWindow, goneLimitMs, heldSkipLimit } from "../../protocol/limits.js";
import { packageVersion } from "../../version.js";
import { withResolvers } from "../../with-resolvers.js";
import { alpn, type ChannelOptions, portOf, wayOf } from "../http2/channel-options.js";
import { http2Failure } from "../http2/failures.js";
import { lostInDial, notHttp2, pingTimeout, sessionClosed } from "../http2/loss.js";
import { closedWithoutReason, noAddress, silentDial } from "../loss.js";
import { Places } from "../pool/places.js";
import type { ChannelListener, ChannelWatcher, PoolChannel } from "../pool/pool.js";
import { tlsConnectionOptions } from "../tls.js";
import { type ChannelStatus, type LinkFailure, TransportOpenError } from "../transport.js";
import { DialCredentials } from "./dial-credentials.js";
import { watchRefusals } from "./refused-dials.js";

export interface GrpcJsChannelOptions extends ChannelOptions {
  readonly maxMessageBytes: number;
}

export class GrpcJsChannel implements PoolChannel {
  readonly dialled: Promise<LinkFailure | null>;
  readonly gone: Promise<void>;
  readonly #id: number;
  readonly #options: GrpcJsChannelOptions;
  readonly #places: Places;
  readonly #listener: ChannelListener<GrpcJsChannel>;
  readonly #watchers = new Set<ChannelWatcher>();
  readonly #dialled = withResolvers<LinkFailure | null>();
  readonly #gone = withResolvers<void>();
  /** Those that live; more than one while several addresses are tried. */
  readonly #sockets = new Set<Socket>();
  readonly #deadline: NodeJS.Timeout;
  /** None when there was nothing to dial with. */
  #client: Client | undefined;
  /** `retired`: takes no further calls, and may yet be asked back. */
  #state: ChannelStatus["state"] | "retired" = "dialling";
  #failure: LinkFailure | undefined;
  #unwatchRefusals = () => {};
  #looks: NodeJS.Timeout | undefined;
  /** Bytes that had come at the last look, and at the one before. */
  #heard = { before: -1, now: -1 };
  /** Why a TCP connection could not be made. */
  #refused: Error | undefined;
  /** The way through a proxy, which is dialled instead of the target. */
  #way: Way | undefined;
  readonly #giveUp = new AbortController();
  /** Why a socket broke, before anybody draws conclusions. */
  #broke: LinkFailure | undefined;
  /** The socket for HTTP/2, and how much had come on it before. */
  #carrier: { readonly socket: Socket; readonly bytes: number } | undefined;

  constructor(
    id: number,
    options: GrpcJsChannelOptions,
    expected: number,
    listener: ChannelListener<GrpcJsChannel>,
  ) {
    this.#id = id;
    this.#options = options;
    this.#places = new Places(expected);
    this.#listener = listener;
    this.dialled = this.#dialled.promise;
    this.gone = this.#gone.promise;
    const { connectTimeoutMs } = options;
    this.#deadline = setTimeout(() => this.#end(this.#silentDial(connectTimeoutMs)), connectTimeoutMs);
    try {
      this.#way = wayOf(options);
      this.#unwatchRefusals = watchRefusals(this.#way?.port ?? portOf(options), (error) => {
        this.#refused ??= error;
      });
      this.#client = this.#newClient();
      this.#watch(this.#client.getChannel(), connectivityState.IDLE);
      this.#client.getChannel().getConnectivityState(true);
    } catch (error) {
      this.#end(http2Failure(error, "internal"));
    }
  }

  get state(): ChannelStatus["state"] {
    return this.#state === "retired" ? "draining" : this.#state;
  }

  get open(): boolean {
    return (this.#state === "dialling" || this.#state === "ready") && this.#places.free;
  }

  get overbooked(): boolean {
    return this.#places.overbooked;
  }

  /** Why the connection is over, or will be. */
  get failure(): LinkFailure | undefined {
    if (this.#failure || !this.#carrier?.socket.destroyed) return this.#failure;
    return this.#broke ?? closedWithoutReason;
  }

  status(): ChannelStatus {
    const { taken, capacity } = this.#places;
    return { id: this.#id, state: this.state, streams: taken, capacity, unreadable: 0 };
  }

  reserve(): () => void {
    return this.#places.take(() => {
      if (this.#places.taken === 0 && this.state === "draining") this.close();
    });
  }

  watch(watcher: ChannelWatcher): void {
    this.#watchers.add(watcher);
  }

  unwatch(watcher: ChannelWatcher): void {
    this.#watchers.delete(watcher);
  }

  /** To call on. Throws {@link TransportOpenError} when the channel is not ready. */
  get client(): Client {
    if (this.#state === "ready" && this.#client) return this.#client;
    throw new TransportOpenError(this.#failure ?? sessionClosed);
  }

  /** No PING of ours can be sent: a connection in doubt is left to those that are on it. */
  readonly doubt = undefined;

  ask(): void {
    this.retire();
  }

  retire(): void {
    if (this.#state !== "ready") return;
    this.#state = "retired";
    if (this.#places.taken === 0) this.close();
  }

  close(): void {
    this.#end({ cause: "outbound-closed" });
  }

  #newClient(): Client {
    const { authority, host, tls, pingIntervalMs, pingTimeoutMs, maxMessageBytes } = this.#options;
    const way = this.#way;
    const { connectTimeoutMs } = this.#options;
    const secure = tls && { ...tlsConnectionOptions(tls, host, alpn), host };
    const credentials = new DialCredentials(secure, CallCredentials.createEmpty(), {
      connected: (socket) => this.#connected(socket),
      ...(way ? { tunnel: (socket: Socket) => way.open(connectTimeoutMs, this.#giveUp.signal, socket) } : {}),
      secured: (socket) => {
        this.#carrier = { socket, bytes: socket.bytesRead };
      },
      broke: (error) => {
        this.#broke ??= http2Failure(error, "connection-lost");
      },
    });
    return new Client(`dns:${way?.authority ?? authority}`, credentials, {
      "grpc.default_authority": authority,
      "grpc.primary_user_agent": `mooring/${packageVersion}`,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_channelz": 0,
      "grpc.enable_http_proxy": 0,
      "grpc.enable_retries": 0,
      "grpc.service_config_disable_resolution": 1,
      "grpc.client_idle_timeout_ms": maxTimerMs,
      "grpc.keepalive_time_ms": pingIntervalMs,
      "grpc.keepalive_timeout_ms": pingTimeoutMs,
      "grpc.keepalive_permit_without_calls": 1,
      // It has one figure for a stream and for the whole connection.
      "grpc-node.flow_control_window": connectionWindow,
      // What is beyond the limit is held whole, so only so much of it; the streams see to the limit itself.
      "grpc.max_receive_message_length": heldSkipLimit(maxMessageBytes),
      // The streams see to it, and can tell it from a status of the peer.
      "grpc.max_send_message_length": -1,
    });
  }

  #connected(socket: Socket): boolean {
    if (this.#state !== "dialling") return false;
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      // While dialling, grpc-js may have further addresses to try.
      if (this.#sockets.size > 0 || this.#state === "dialling") return;
      this.#end(this.#broke ?? closedWithoutReason);
      this.#gone.resolve();
    });
    return true;
  }

  #watch(channel: ChannelInterface, state: connectivityState): void {
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, (error) => {
      if (error || !this.#isWatched) return;
      const now = channel.getConnectivityState(false);
      this.#moved(now);
      if (this.#isWatched) this.#watch(channel, now);
    });
  }

  /** What has come by now and by the look before: a GOAWAY is bytes, an unanswered PING is silence. */
  #watchSilence(): void {
    const look = () => {
      this.#heard = { before: this.#heard.now, now: this.#carrier?.socket.bytesRead ?? 0 };
    };
    look();
    this.#looks = setInterval(look, Math.max(1, this.#options.pingTimeoutMs / 2)).unref();
  }

  get #isSilent(): boolean {
    const socket = this.#carrier?.socket;
    return socket !== undefined && !socket.destroyed && socket.bytesRead === this.#heard.before;
  }

  get #isWatched(): boolean {
    return this.#state !== "draining" && this.#state !== "closed";
  }

  #moved(now: connectivityState): void {
    if (this.#state === "ready" || this.#state === "retired") return this.#drain();
    if (now === connectivityState.READY) return this.#ready();
    if (now !== connectivityState.CONNECTING) this.#end(this.#dialFailure());
  }

  #ready(): void {
    clearTimeout(this.#deadline);
    this.#unwatchRefusals();
    // An address that was tried in vain says nothing of the one that was found.
    this.#broke = undefined;
    this.#state = "ready";
    this.#watchSilence();
    this.#dialled.resolve(null);
  }

  #silentDial(ms: number): LinkFailure {
    if (this.#way && this.#sockets.size === 0)
      return http2Failure(this.#way.failed({ silentMs: ms }), "connect-timeout");
    return silentDial("connect-timeout", ms);
  }

  /** How far the dial came says what went wrong, unless a socket told its own code. */
  #dialFailure(): LinkFailure {
    const tls = this.#options.tls !== null;
    if (this.#broke) return lostInDial(this.#broke, tls);
    if (!this.#carrier) {
      if (this.#way) return http2Failure(this.#way.failed({ error: this.#refused }), "unreachable");
      return this.#refused ? http2Failure(this.#refused, "unreachable") : noAddress;
    }
    const { socket, bytes } = this.#carrier;
    return socket.bytesRead > bytes ? notHttp2 : lostInDial(closedWithoutReason, tls);
  }

  /** grpc-js lets go of a connection for a GOAWAY and for a loss alike; only a GOAWAY leaves the socket alive. */
  #drain(): void {
    this.#state = "draining";
    // Calls that run go on; one that has not begun would dial again.
    outsideHttp2(() => this.#client?.close());
    if (this.#isSilent) return this.#end(pingTimeout);
    if (this.#places.taken === 0) return this.close();
    // It destroys a lost connection one turn later.
    setImmediate(() => setImmediate(() => this.#tellDraining()));
  }

  #tellDraining(): void {
    if (this.#state !== "draining" || this.#carrier?.socket.destroyed) return;
    for (const watcher of [...this.#watchers]) watcher.peerDraining();
  }

  #end(failure: LinkFailure): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#failure = failure;
    clearTimeout(this.#deadline);
    clearInterval(this.#looks);
    this.#unwatchRefusals();
    this.#giveUp.abort();
    outsideHttp2(() => this.#client?.close());
    for (const socket of this.#sockets) destroySocket(socket);
    if (this.#sockets.size === 0) this.#gone.resolve();
    else setTimeout(() => this.#gone.resolve(), goneLimitMs).unref();
    this.#dialled.resolve(failure);
    this.#listener.closed(this);
    for (const watcher of [...this.#watchers]) watcher.closed();
  }
}

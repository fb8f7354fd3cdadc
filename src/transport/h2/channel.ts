/**
 * A connection as the pool sees it: dialled with a deadline, ready when the peer's SETTINGS have come, asked by PINGs,
 * asked back or lost.
 */
import { goneLimitMs } from "../../protocol/limits.js";
import { withResolvers } from "../../with-resolvers.js";
import type { ChannelOptions } from "../http2/channel-options.js";
import { http2CodeName } from "../http2/codes.js";
import { http2Failure } from "../http2/failures.js";
import { goawayLoss, lostInDial, notHttp2, pingTimeout, sessionClosed } from "../http2/loss.js";
import { Pings } from "../http2/pings.js";
import { silentDial } from "../loss.js";
import { Places } from "../pool/places.js";
import type { ChannelListener, PoolChannel } from "../pool/pool.js";
import { type ChannelStatus, type LinkFailure, TransportOpenError } from "../transport.js";
import type { Call, CallOwner } from "./call.js";
import { Connection, type ConnectionListener } from "./connection.js";
import { Dial, type DialListener } from "./dial.js";
import { type ConnectionFault, connectionFailure } from "./faults.js";
import type { Wire } from "./wire.js";

type State =
  /** No socket yet. */
  | { readonly name: "dialling" }
  /** The peer's SETTINGS are awaited. */
  | { readonly name: "greeting"; readonly connection: Connection }
  | { readonly name: "ready"; readonly connection: Connection; readonly pings: Pings }
  /** Takes no further streams, and may yet be asked back. */
  | { readonly name: "retired"; readonly connection: Connection; readonly pings: Pings }
  | { readonly name: "draining"; readonly connection: Connection; readonly pings: Pings | undefined }
  | { readonly name: "closed"; readonly failure: LinkFailure };

const statusOf = {
  dialling: "dialling",
  greeting: "dialling",
  ready: "ready",
  retired: "draining",
  draining: "draining",
  closed: "closed",
} as const satisfies Record<State["name"], ChannelStatus["state"]>;

export class Channel implements PoolChannel, DialListener, ConnectionListener {
  readonly id: number;
  readonly dialled: Promise<LinkFailure | null>;
  readonly gone: Promise<void>;
  readonly #options: ChannelOptions;
  readonly #listener: ChannelListener<Channel>;
  readonly #places: Places;
  readonly #dialled = withResolvers<LinkFailure | null>();
  readonly #gone = withResolvers<void>();
  readonly #deadline: NodeJS.Timeout;
  #dial: Dial | undefined;
  #state: State = { name: "dialling" };
  #failure: LinkFailure | undefined;

  /** `expected`: places until the peer's SETTINGS say how many there are. */
  constructor(options: ChannelOptions, id: number, expected: number, listener: ChannelListener<Channel>) {
    this.id = id;
    this.dialled = this.#dialled.promise;
    this.gone = this.#gone.promise;
    this.#options = options;
    this.#listener = listener;
    this.#places = new Places(expected);
    const { connectTimeoutMs } = options;
    const tooLate = () => this.#end(silentDial("connect-timeout", connectTimeoutMs));
    this.#deadline = setTimeout(tooLate, connectTimeoutMs);
    try {
      this.#dial = new Dial(options, this);
    } catch (error) {
      this.#end(http2Failure(error, "internal"));
      this.#gone.resolve();
    }
  }

  // ---- For the pool

  get state(): ChannelStatus["state"] {
    return statusOf[this.#state.name];
  }

  get open(): boolean {
    const state = this.#state;
    if (!this.#places.free) return false;
    return this.state === "dialling" || (state.name === "ready" && !state.pings.doubted);
  }

  get overbooked(): boolean {
    return this.#places.overbooked;
  }

  get doubt(): Promise<void> | undefined {
    const state = this.#state;
    return state.name === "ready" && this.#places.free ? state.pings.doubt : undefined;
  }

  status(): ChannelStatus {
    return this.#places.status(this.id, this.state);
  }

  reserve(): () => void {
    return this.#places.take(() => this.#closeIfUnused());
  }

  ask(): void {
    if ("pings" in this.#state) this.#state.pings?.ask();
  }

  retire(): void {
    if (this.#state.name !== "ready") return;
    this.#state = { ...this.#state, name: "retired" };
    this.#closeIfUnused();
  }

  close(): void {
    this.#end({ cause: "outbound-closed" });
  }

  // ---- For its streams

  /** Why the connection is over, or will be: the earliest fact known. */
  get failure(): LinkFailure | undefined {
    return this.#failure;
  }

  /** Opens a call with this header block. Throws {@link TransportOpenError} when the channel is not ready. */
  start(block: Buffer, owner: CallOwner): Call {
    const state = this.#state;
    if (state.name !== "ready")
      throw new TransportOpenError(state.name === "closed" ? state.failure : sessionClosed);
    const call = state.connection.start(block, owner);
    if (!state.connection.hasIds) this.retire();
    return call;
  }

  /** Writes now what the connection has to write. */
  flush(): void {
    this.#connection?.flush();
  }

  /** Calls `taken` when the system has all that was written by now. */
  whenTaken(taken: () => void): void {
    this.#connection?.whenTaken(taken);
  }

  // ---- What its socket tells

  connected(wire: Wire): void {
    if (this.#state.name !== "dialling") return wire.destroy();
    this.#state = { name: "greeting", connection: new Connection(wire, this) };
  }

  received(bytes: Buffer, end: number): void {
    this.#connection?.receive(bytes, end);
  }

  lost(failure: LinkFailure): void {
    this.#end(this.state === "dialling" ? lostInDial(failure, this.#options.tls !== null) : failure);
  }

  wireGone(): void {
    this.#gone.resolve();
  }

  // ---- What its connection tells

  settled(maxStreams: number | undefined): void {
    this.#places.limit(Math.min(this.#options.places, maxStreams ?? this.#options.places));
    this.#listener.limited(this.#places.capacity);
    const state = this.#state;
    if (state.name !== "greeting") return;
    clearTimeout(this.#deadline);
    const { connection } = state;
    this.#state = {
      name: "ready",
      connection,
      pings: this.#pingsOf(connection),
    };
    this.#dialled.resolve(null);
  }

  goingAway(code: number, debug: Buffer): void {
    const state = this.#state;
    if (http2CodeName(code) !== "NO_ERROR") return this.#end(goawayLoss(code, debug));
    if (!("connection" in state)) return;
    this.#state = {
      name: "draining",
      connection: state.connection,
      pings: "pings" in state ? state.pings : undefined,
    };
    this.#closeIfUnused();
  }

  broken(fault: ConnectionFault, speaksHttp2: boolean): void {
    this.#end(speaksHttp2 ? connectionFailure(fault) : notHttp2);
  }

  // ---- The end

  get #connection(): Connection | undefined {
    return "connection" in this.#state ? this.#state.connection : undefined;
  }

  #pingsOf(connection: Connection): Pings {
    const pinged = {
      get destroyed() {
        return connection.isOver;
      },
      ping: (answered: (error: null) => void) => connection.ping(() => answered(null)),
    };
    const { pingIntervalMs, pingTimeoutMs } = this.#options;
    const times = { intervalMs: pingIntervalMs, timeoutMs: pingTimeoutMs };
    return new Pings(pinged, times, () => this.#end(pingTimeout));
  }

  #closeIfUnused(): void {
    if (this.#places.taken === 0 && this.state === "draining") this.close();
  }

  #end(failure: LinkFailure): void {
    const state = this.#state;
    if (state.name === "closed") return;
    this.#failure ??= failure;
    this.#state = { name: "closed", failure };
    clearTimeout(this.#deadline);
    if ("pings" in state) state.pings?.stop();
    setTimeout(() => this.#gone.resolve(), goneLimitMs).unref();
    this.#dialled.resolve(failure);
    this.#listener.closed(this);
    if ("connection" in state) state.connection.close();
    else this.#dial?.end();
  }
}

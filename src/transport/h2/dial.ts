/**
 * The socket under a connection: straight or through a proxy, in the clear or by TLS. Who dials is told when bytes may
 * go, and when it is over.
 */
import { connect, type Socket } from "node:net";
import { destroySocket } from "../../http2/ending.js";
import { nodeTls } from "../../late-modules.js";
import { alpn, type ChannelOptions, portOf, wayOf } from "../http2/channel-options.js";
import { http2Failure } from "../http2/failures.js";
import { closedWithoutReason } from "../loss.js";
import { type TlsOptions, tlsConnectionOptions } from "../tls.js";
import type { LinkFailure } from "../transport.js";
import { ReceiveSlab } from "./receive-slab.js";
import type { Wire } from "./wire.js";

export interface DialListener {
  /** The socket is there, and secure if it is to be. */
  connected(wire: Wire): void;
  received(bytes: Buffer, end: number): void;
  /** It could not be made, or is over. May be told more than once; the first reason is the best. */
  lost(failure: LinkFailure): void;
  /** Nothing of it is left. */
  wireGone(): void;
}

export class Dial {
  readonly #options: ChannelOptions;
  readonly #listener: DialListener;
  readonly #giveUp = new AbortController();
  #socket: Socket | undefined;

  /** Begins at once. Throws for what cannot be dialled at all, such as TLS material that is unusable. */
  constructor(options: ChannelOptions, listener: DialListener) {
    this.#options = options;
    this.#listener = listener;
    const way = wayOf(options);
    if (way) {
      way.open(options.connectTimeoutMs, this.#giveUp.signal).then(
        (socket) => this.#tunnelled(socket),
        (error: unknown) => this.#failed(error),
      );
    } else if (options.tls) this.#secure(options.tls);
    else this.#straight();
  }

  /** Ends whatever there is of it. */
  end(): void {
    this.#giveUp.abort();
    if (this.#socket) destroySocket(this.#socket);
  }

  #straight(): void {
    const { host } = this.#options;
    const slab = new ReceiveSlab();
    const onread = {
      buffer: () => slab.rest(),
      callback: (bytes: number, buffer: Uint8Array) => {
        slab.use(bytes);
        this.#listener.received(buffer as Buffer, bytes);
        return true;
      },
    };
    const socket = connect({ host, port: portOf(this.#options), onread });
    this.#watch(socket);
    socket.once("connect", () => this.#connected(socket));
  }

  #tunnelled(socket: Socket): void {
    if (this.#giveUp.signal.aborted) return destroySocket(socket);
    const { tls } = this.#options;
    try {
      if (tls) return this.#secure(tls, socket);
      this.#watch(socket);
      this.#read(socket);
      this.#connected(socket);
    } catch (error) {
      destroySocket(socket);
      this.#failed(error);
    }
  }

  #secure(tls: TlsOptions, carrier?: Socket): void {
    const { host } = this.#options;
    const where = carrier ? { socket: carrier } : { port: portOf(this.#options) };
    // Over a carrier, too, the host is what the certificate of an address without a name is held against.
    const socket = nodeTls().connect({ ...tlsConnectionOptions(tls, host, alpn), host, ...where });
    this.#watch(socket);
    this.#read(socket);
    socket.once("secureConnect", () => this.#connected(socket));
  }

  #watch(socket: Socket): void {
    this.#socket = socket;
    // Stays for the socket's whole life: a late error must never be uncaught.
    socket.on("error", (error) => this.#listener.lost(http2Failure(error, "connection-lost")));
    // Before Node closes it, it refuses what is written.
    socket.on("end", () => this.#listener.lost(closedWithoutReason));
    socket.on("close", () => {
      this.#listener.lost(closedWithoutReason);
      this.#listener.wireGone();
    });
  }

  #read(socket: Socket): void {
    socket.on("data", (bytes: Buffer) => this.#listener.received(bytes, bytes.length));
    socket.resume();
  }

  #connected(socket: Socket): void {
    socket.setNoDelay(true);
    this.#listener.connected({
      write: (bytes, taken) => void socket.write(bytes, taken),
      destroy: () => destroySocket(socket),
    });
  }

  #failed(error: unknown): void {
    this.#listener.lost(http2Failure(error, "connection-lost"));
    this.#listener.wireGone();
  }
}

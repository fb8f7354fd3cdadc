/**
 * What grpc-js calls credentials: here, our TLS policy for its sockets. Errors of a dial come from grpc-js as text
 * only; the sockets that pass through here tell their codes.
 *
 * A channel dials once. grpc-js would dial again by itself; such a socket is refused.
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, TLSSocket, connect as tlsConnect } from "node:tls";
import { ChannelCredentials } from "@grpc/grpc-js";
import { TlsCarrier } from "../../http2/tls-carrier.js";

type SecureConnector = ReturnType<ChannelCredentials["_createSecureConnector"]>;
type Secured = Awaited<ReturnType<SecureConnector["connect"]>>;
type CallCredentials = ReturnType<SecureConnector["getCallCredentials"]>;

export interface DialListener {
  /** TCP is connected. Returns false when the socket is not wanted any more. */
  connected(socket: Socket): boolean;
  /** Makes of a connection to a proxy one to the target; absent where the target itself was dialled. */
  readonly tunnel?: (socket: Socket) => Promise<Socket>;
  /** The socket that HTTP/2 is to run on. */
  secured(socket: Socket): void;
  /** Why a socket broke. */
  broke(error: Error): void;
}

/** It asks no more of a socket than of any stream. */
function carried(socket: TLSSocket): Socket {
  const carrier: Duplex = new TlsCarrier(socket);
  return carrier as Socket;
}

export class DialCredentials extends ChannelCredentials {
  readonly #tls: ConnectionOptions | null;
  readonly #listener: DialListener;
  readonly #perCall: CallCredentials;

  constructor(tls: ConnectionOptions | null, perCall: CallCredentials, listener: DialListener) {
    super();
    this.#tls = tls;
    this.#perCall = perCall;
    this.#listener = listener;
  }

  override _isSecure(): boolean {
    return this.#tls !== null;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(): SecureConnector {
    return {
      connect: (socket) => this.#secure(socket),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => this.#perCall,
      destroy: () => {},
    };
  }

  async #secure(dialled: Socket): Promise<Secured> {
    if (!this.#listener.connected(dialled)) throw new Error("This channel has dialled before.");
    // Stay for the socket's whole life: a late 'error' must never be uncaught.
    dialled.on("error", (error) => this.#listener.broke(error));
    const socket = await this.#tunnelled(dialled);
    if (!this.#tls) {
      this.#listener.secured(socket);
      return { socket: socket instanceof TLSSocket ? carried(socket) : socket, secure: false };
    }
    const secured = await this.#handshake(socket, this.#tls);
    this.#listener.secured(secured);
    return { socket: carried(secured), secure: true };
  }

  async #tunnelled(dialled: Socket): Promise<Socket> {
    const { tunnel, broke } = this.#listener;
    if (!tunnel) return dialled;
    return tunnel(dialled).catch((error: Error) => {
      broke(error);
      throw error;
    });
  }

  #handshake(socket: Socket, tls: ConnectionOptions): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const secured = tlsConnect({ ...tls, socket }, () => resolve(secured));
      secured.on("error", (error) => {
        this.#listener.broke(error);
        reject(error);
      });
      secured.once("close", () => reject(new Error("The socket was closed in the handshake.")));
    });
  }
}

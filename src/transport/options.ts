/** What every transport adapter is made from. */
import type { ProxyOption } from "../network/proxy/choose.js";
import type { Ways } from "../network/proxy/dialler.js";
import type { Endpoint } from "../protocol/endpoint.js";
import type { TlsOptions } from "./tls.js";

/** Options of `createTransport` and `createLeanTransport`. */
export interface TransportOptions {
  /** Where to dial, as `parseEndpoint()` returns it. */
  readonly endpoint: Endpoint;
  /** Used when the endpoint wants TLS. */
  readonly tls: TlsOptions;
  /**
   * The HTTP proxy that connections lead through: `http://user:password@host:port` or `https://…`, `false` for none, or a function
   * of the target that is asked at each dial and returns either. The environment is not read.
   * @default none
   */
  readonly proxy?: ProxyOption;
  /** Streams on one connection. */
  readonly maxStreamsPerChannel: number;
  /**
   * Registrations of one tenant on one WebSocket; a further one opens another socket.
   * @default 512
   */
  readonly maxRegistrationsPerSocket?: number;
  /**
   * Time for dialling and opening a stream. The register answer and each credential call get three times as
   * much.
   */
  readonly connectTimeoutMs: number;
  /** How a dead connection is noticed. */
  readonly ping: {
    /** A PING goes out this often on each connection. */
    readonly intervalMs: number;
    /** A connection whose PING is not answered in this time is given up. */
    readonly timeoutMs: number;
  };
  /** Largest message taken or sent. A larger request or result is answered as failed. */
  readonly maxMessageBytes: number;
}

/** What an adapter dials with. */
export interface DialOptions extends TransportOptions {
  /** The ways through proxies, which a runtime's HTTP calls share. Default: none leads through one. */
  readonly ways?: Ways;
  /** Told of what a connection brings and no registration is to be told. Must not throw. Default: nobody. */
  readonly warn?: (facts: object, words: string) => void;
}

/** The h2 adapter: gRPC streams on HTTP/2 connections of our own, over Node's sockets. */
import { channelOptions } from "../http2/channel-options.js";
import { connectHeaders, connectPath } from "../http2/connect-request.js";
import type { DialOptions } from "../options.js";
import { openStream } from "../pool/opening.js";
import { ChannelPool } from "../pool/pool.js";
import type { OpenOptions, Transport, TransportAdapter, TransportStream } from "../transport.js";
import { Channel } from "./channel.js";
import { encodeHeaders } from "./hpack/header-encoder.js";
import { H2Stream } from "./stream.js";

const requestFields = (authority: string, scheme: string) => [
  { name: ":method", value: "POST" },
  { name: ":scheme", value: scheme },
  { name: ":path", value: connectPath },
  { name: ":authority", value: authority },
  ...Object.entries(connectHeaders).map(([name, value]) => ({ name, value })),
];

class H2Transport implements Transport {
  readonly kind = "gRPC";
  readonly tls: boolean;
  readonly authority: string;
  readonly #pool: ChannelPool<Channel>;
  readonly #maxMessageBytes: number;
  /** The same for every stream, so it is encoded once. */
  readonly #block: Buffer;

  constructor(options: DialOptions) {
    this.tls = options.endpoint.tls;
    this.authority = options.endpoint.authority;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#block = encodeHeaders(requestFields(this.authority, this.tls ? "https" : "http"));
    const channels = channelOptions(options);
    this.#pool = new ChannelPool(channels.places, (...dial) => new Channel(channels, ...dial));
  }

  open(options: OpenOptions): Promise<TransportStream> {
    return openStream(
      this.#pool,
      options,
      (place, written) =>
        new H2Stream(place, this.#block, options.first, options.sink, this.#maxMessageBytes, written),
    );
  }

  channels() {
    return this.#pool.status();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

export const h2Adapter: TransportAdapter = { lacks: {}, create: (options) => new H2Transport(options) };

/** The grpc-js adapter: streams over `@grpc/grpc-js` with its own connections, pooled by our rules. */
import { openStream } from "../opening.js";
import { channelOptions, type TransportOptions } from "../options.js";
import { ChannelPool } from "../pool.js";
import type { OpenOptions, Transport, TransportStream } from "../transport.js";
import { GrpcJsChannel } from "./channel.js";
import { GrpcJsStream } from "./stream.js";

class GrpcJs implements Transport {
  readonly kind = "gRPC";
  readonly tls: boolean;
  readonly authority: string;
  readonly #maxMessageBytes: number;
  readonly #pool: ChannelPool<GrpcJsChannel>;
  readonly #calls = new Set<GrpcJsStream>();
  #idle: (() => void) | undefined;

  constructor(options: TransportOptions) {
    const { endpoint, maxMessageBytes } = options;
    this.tls = endpoint.tls;
    this.authority = endpoint.authority;
    this.#maxMessageBytes = maxMessageBytes;
    const channel = { ...channelOptions(options), maxMessageBytes };
    this.#pool = new ChannelPool(
      channel.places,
      (id, expected, listener) => new GrpcJsChannel(id, channel, expected, listener),
    );
  }

  open(options: OpenOptions): Promise<TransportStream> {
    return openStream(this.#pool, options, (place, written) => {
      const stream = new GrpcJsStream(place, options.sink, this.#maxMessageBytes, () => {
        this.#calls.delete(stream);
        if (this.#calls.size === 0) this.#idle?.();
      });
      this.#calls.add(stream);
      stream.begin(options.first, written);
      return stream;
    });
  }

  channels() {
    return this.#pool.status();
  }

  async close(): Promise<void> {
    await this.#pool.close();
    if (this.#calls.size > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
  }
}

/** Opens nothing until the first stream. */
export function createGrpcJsTransport(options: TransportOptions): Transport {
  return new GrpcJs(options);
}

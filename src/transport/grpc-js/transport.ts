/** The grpc-js adapter: streams over `@grpc/grpc-js` with its own connections, pooled by our rules. */

import { channelOptions } from "../http2/channel-options.js";
import type { DialOptions } from "../options.js";
import { openStream } from "../pool/opening.js";
import { ChannelPool } from "../pool/pool.js";
import type { OpenOptions, Transport, TransportAdapter, TransportStream } from "../transport.js";
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

  constructor(options: DialOptions) {
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

/** It shows neither its HTTP/2 streams nor its connections, and says most things as text. */
export const grpcJsAdapter: TransportAdapter = {
  lacks: {
    streamLimit: "It keeps the peer's SETTINGS to itself; streams beyond the limit wait in Node.",
    honestCodes: "Its own complaint about a message reads as the peer's RESOURCE_EXHAUSTED.",
    messagesBeforeError: "It drops what is not yet delivered when an error status arrives.",
    noCompression: "It offers gzip and deflate in every request, and takes them.",
    probe: "It sends PINGs by its own clock only, so a connection in doubt is left to the streams on it.",
    deadConnection: "It shows no session, so its own PINGs must find that out.",
    windowOfOwn: "One option sets the window of a stream and of the connection.",
  },
  create: (options) => new GrpcJs(options),
};

/**
 * The Connect-RPC adapter: streams over `@connectrpc/connect-node` (gRPC protocol) on channels of our own.
 */
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ConnectorService } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { type Channel, channelPool } from "../http2/channel.js";
import { channelOptions } from "../http2/channel-options.js";
import type { DialOptions } from "../options.js";
import { openStream } from "../pool/opening.js";
import type { ChannelPool } from "../pool/pool.js";
import type { OpenOptions, Transport, TransportAdapter, TransportStream } from "../transport.js";
import { type ConnectorClient, ConnectStream } from "./stream.js";

class ConnectTransport implements Transport {
  readonly kind = "gRPC";
  readonly tls: boolean;
  readonly authority: string;
  readonly #options: DialOptions;
  readonly #pool: ChannelPool<Channel>;
  readonly #running = new Set<Promise<void>>();

  constructor(options: DialOptions) {
    const { endpoint } = options;
    this.tls = endpoint.tls;
    this.authority = endpoint.authority;
    this.#options = options;
    this.#pool = channelPool(channelOptions(options));
  }

  open(options: OpenOptions): Promise<TransportStream> {
    return openStream(this.#pool, options, (place, written) => {
      // No closure that lives as long as the stream may see `options`: its first message is large.
      const stream = new ConnectStream(place, options.sink, this.#options.maxMessageBytes, written);
      stream.send(options.first);
      this.#track(stream, place.channel, written);
      return stream;
    });
  }

  channels() {
    return this.#pool.status();
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await Promise.all(this.#running);
  }

  #track(stream: ConnectStream, channel: Channel, ended: () => void): void {
    const running = stream.run(this.#client(stream, channel)).then(() => {
      this.#running.delete(running);
      ended();
    });
    this.#running.add(running);
  }

  /** A client of its own for each stream, so that the stream sees what its HTTP/2 stream sees. */
  #client({ request }: ConnectStream, { authority }: Channel): ConnectorClient {
    const { maxMessageBytes } = this.#options;
    const transport = createGrpcTransport({
      baseUrl: authority,
      // PINGs go by the channel's clock, so there is nothing to note.
      sessionManager: { authority, request, notifyResponseByteRead() {} },
      acceptCompression: [],
      readMaxBytes: maxMessageBytes,
      writeMaxBytes: maxMessageBytes,
    });
    return createClient(ConnectorService, transport);
  }
}

export const connectAdapter: TransportAdapter = {
  lacks: {},
  create: (options) => new ConnectTransport(options),
};

/**
 * The lean adapter: gRPC streams straight on the HTTP/2 streams of `node:http2`. Not on Connect's
 * pipeline, whose several asynchronous layers and one write per message cost more than everything else together
 * (`docs/performance.md`).
 */
import type { Transport as ConnectTransport } from "@connectrpc/connect";
import { type Channel, channelPool } from "../http2/channel.js";
import { channelOptions, originOf } from "../http2/channel-options.js";
import { connectHeaders, connectPath } from "../http2/connect-request.js";
import { checkTransportOptions } from "../option-table.js";
import type { DialOptions, TransportOptions } from "../options.js";
import { openStream } from "../pool/opening.js";
import type { ChannelPool } from "../pool/pool.js";
import type { OpenOptions, Transport, TransportAdapter, TransportStream } from "../transport.js";
import { withWays } from "../ways.js";
import { connectRpc } from "./connect-rpc.js";
import { LeanStream } from "./stream.js";

/**
 * The streams of connectors by `open`, and any other call by a Connect client: `createClient(ConnectorService,
 * transport)`. Both share the channels, the descriptors and the generated types.
 */
export interface LeanTransport extends Transport, ConnectTransport {}

class Lean implements LeanTransport {
  readonly kind = "gRPC";
  readonly tls: boolean;
  readonly authority: string;
  readonly #pool: ChannelPool<Channel>;
  readonly #maxMessageBytes: number;
  readonly unary: ConnectTransport["unary"];
  readonly stream: ConnectTransport["stream"];

  constructor(options: DialOptions) {
    this.tls = options.endpoint.tls;
    this.authority = options.endpoint.authority;
    this.#maxMessageBytes = options.maxMessageBytes;
    const channels = channelOptions(options);
    this.#pool = channelPool(channels);
    const rpc = connectRpc(this.#pool, originOf(channels), options.maxMessageBytes);
    ({ unary: this.unary, stream: this.stream } = rpc);
  }

  open(options: OpenOptions): Promise<TransportStream> {
    return openStream(this.#pool, options, (place, written) => {
      const http2 = place.channel.start(connectPath, connectHeaders);
      const stream = new LeanStream(place, http2, options.sink, this.#maxMessageBytes);
      stream.begin(options.first, written);
      return stream;
    });
  }

  channels() {
    return this.#pool.status();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/**
 * Makes the transport `lean`. Opens nothing until the first stream. Throws INVALID_CONFIG that names the option.
 *
 * @example
 * ```ts
 * import { createClient } from "@connectrpc/connect";
 * import { ConnectorService, createLeanTransport, parseEndpoint } from "mooring/transport";
 *
 * const transport = createLeanTransport({
 *   endpoint: parseEndpoint("grpc://localhost:50061"),
 *   tls: {},
 *   maxStreamsPerChannel: 80,
 *   connectTimeoutMs: 10_000,
 *   ping: { intervalMs: 30_000, timeoutMs: 10_000 },
 *   maxMessageBytes: 4 * 1024 * 1024,
 * });
 * export const client = createClient(ConnectorService, transport);
 * ```
 */
export function createLeanTransport(options: TransportOptions): LeanTransport {
  return new Lean(withWays(checkTransportOptions(options, "createLeanTransport()")));
}

export const leanAdapter: TransportAdapter = { lacks: {}, create: (options) => new Lean(options) };

/** The WebSocket adapter: registrations of one tenant share sockets, tenants never do. */
import type { StreamMessage } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { registrationKey, sanitizeIdentifier } from "../../protocol/identity.js";
import type { DialOptions } from "../options.js";
import { openStream } from "../pool/opening.js";
import { ChannelPool } from "../pool/pool.js";
import {
  type ChannelStatus,
  type OpenOptions,
  type Transport,
  type TransportAdapter,
  TransportOpenError,
  type TransportStream,
} from "../transport.js";
import { SocketChannel } from "./channel.js";
import { type SocketOptions, socketOptions } from "./socket-options.js";
import { SocketStream } from "./stream.js";

/** As gateways write them: what they say of a registration must be found. */
interface Name {
  readonly tenantId: string;
  readonly instanceId: string;
  readonly key: string;
}

/** Who registers; a stream that begins with anything else belongs to nobody. */
function nameOf({ message }: StreamMessage): Name {
  if (message.case !== "registerRequest")
    throw new TransportOpenError({ cause: "internal", detail: "A stream begins with a register request." });
  const tenantId = sanitizeIdentifier(message.value.tenantId);
  const connectorType = sanitizeIdentifier(message.value.connectorType);
  const instanceId = sanitizeIdentifier(message.value.instanceId);
  return { tenantId, instanceId, key: registrationKey({ tenantId, connectorType, instanceId }) };
}

class WebSocketTransport implements Transport {
  readonly kind = "WebSocket";
  readonly tls: boolean;
  readonly authority: string;
  readonly #options: SocketOptions;
  /** By tenant: a socket has the registrations of one only. */
  readonly #pools = new Map<string, ChannelPool<SocketChannel>>();
  #sockets = 0;
  #closing: Promise<unknown> | undefined;

  constructor(options: DialOptions) {
    this.tls = options.endpoint.tls;
    this.authority = options.endpoint.authority;
    this.#options = socketOptions(options);
  }

  async open(options: OpenOptions): Promise<TransportStream> {
    const name = nameOf(options.first);
    return openStream(
      this.#pool(name.tenantId),
      options,
      (place, written) => {
        const stream = new SocketStream(name, place, options.sink);
        stream.begin(options.first, written);
        return stream;
      },
      name.key,
    );
  }

  channels(): readonly ChannelStatus[] {
    return [...this.#pools.values()].flatMap((pool) => pool.status());
  }

  async close(): Promise<void> {
    this.#closing ??= Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    await this.#closing;
  }

  #pool(tenantId: string): ChannelPool<SocketChannel> {
    if (this.#closing)
      throw new TransportOpenError({ cause: "outbound-closed", detail: "The transport is closed." });
    const known = this.#pools.get(tenantId);
    if (known) return known;
    const pool = new ChannelPool<SocketChannel>(this.#options.places, (_id, _expected, listener) => {
      this.#sockets += 1;
      return new SocketChannel(this.#sockets, this.#options, listener);
    });
    this.#pools.set(tenantId, pool);
    return pool;
  }
}

export const webSocketAdapter: TransportAdapter = {
  lacks: {
    halfClose: "a registration that leaves a shared socket cannot say so: its half ends with the whole",
    drainNotice: "a Phoenix channel has no word for it",
    peerCodes: "a close code is of the whole socket",
    streamLimit: "a peer does not say how many registrations it takes on a socket",
    windowOfOwn:
      "a socket has one flow: what waits for a paused registration is kept, up to 1 MiB, then all wait",
    probe: "the heartbeat of the channel asks; a socket in doubt is left to those on it",
    honestCodes: "a socket that was cut has no code",
  },
  create: (options) => new WebSocketTransport(options),
};

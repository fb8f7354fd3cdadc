/**
 * The Connect-RPC face of the lean transport: any call of a Connect client, on the channels that the lean
 * streams use. Connect's own gRPC code does such a call, because deadlines, interceptors and metadata of
 * arbitrary calls are its trade; streams of connectors do not come this way.
 */
import type { Transport as ConnectTransport } from "@connectrpc/connect";
import type { GrpcTransportOptions } from "@connectrpc/connect-node";
import type { ChannelPool } from "../pool.js";

type SessionManager = NonNullable<GrpcTransportOptions["sessionManager"]>;

/** Each call takes a place from the pool, and holds it as long as its HTTP/2 stream lives. */
function sessionManagerOf(pool: ChannelPool, origin: string): SessionManager {
  const never = new AbortController().signal;
  return {
    authority: origin,
    async request(_method, path, headers) {
      const { channel, release } = await pool.acquire(never);
      try {
        return channel.start(path, headers).once("close", release);
      } catch (error) {
        release();
        throw error;
      }
    },
    notifyResponseByteRead() {},
  };
}

/** Connect's library is loaded with the first call: it is half of what there is to load, and a connector does without. */
export function connectRpc(pool: ChannelPool, origin: string, maxMessageBytes: number): ConnectTransport {
  let loading: Promise<ConnectTransport> | undefined;
  const loaded = () => {
    loading ??= import("@connectrpc/connect-node").then(({ createGrpcTransport }) =>
      createGrpcTransport({
        baseUrl: origin,
        sessionManager: sessionManagerOf(pool, origin),
        acceptCompression: [],
        readMaxBytes: maxMessageBytes,
        writeMaxBytes: maxMessageBytes,
      }),
    );
    return loading;
  };
  return {
    unary: async (...call) => (await loaded()).unary(...call),
    stream: async (...call) => (await loaded()).stream(...call),
  };
}

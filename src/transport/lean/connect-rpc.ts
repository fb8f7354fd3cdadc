/**
 * The Connect-RPC face of the lean transport: any call of a Connect client, on the channels that the lean
 * streams use. Connect's own gRPC code does such a call, because deadlines, interceptors and metadata of
 * arbitrary calls are its trade; streams of connectors do not come this way.
 */
import { type ClientHttp2Stream, constants } from "node:http2";
import type { Code, ConnectError, Transport as ConnectTransport } from "@connectrpc/connect";
import type { GrpcTransportOptions } from "@connectrpc/connect-node";
import { resetsOutside } from "../../http2/ending.js";
import { foreignAnswer } from "../http2/call-ending.js";
import type { Channel } from "../http2/channel.js";
import { http2Failure } from "../http2/failures.js";
import { GrpcStatus, isFromGateway } from "../http2/grpc-status.js";
import { closedWithoutReason } from "../loss.js";
import type { Place } from "../pool/place.js";
import type { ChannelPool } from "../pool/pool.js";
import { type LinkCause, TransportOpenError } from "../transport.js";

type SessionManager = NonNullable<GrpcTransportOptions["sessionManager"]>;
type MakeError = (failure: TransportOpenError, code: Code) => ConnectError;

/** What a retry policy goes by: `UNAVAILABLE` where the next try may do better by itself. */
const codeOf: Readonly<Record<LinkCause, Code>> = {
  unreachable: GrpcStatus.UNAVAILABLE,
  "proxy-failed": GrpcStatus.UNAVAILABLE,
  "local-error": GrpcStatus.UNAVAILABLE,
  "connect-timeout": GrpcStatus.UNAVAILABLE,
  "open-timeout": GrpcStatus.UNAVAILABLE,
  "connection-lost": GrpcStatus.UNAVAILABLE,
  "server-closed": GrpcStatus.UNAVAILABLE,
  // Only a person can mend these.
  tls: GrpcStatus.FAILED_PRECONDITION,
  "wrong-protocol": GrpcStatus.FAILED_PRECONDITION,
  "message-too-large": GrpcStatus.RESOURCE_EXHAUSTED,
  // We closed it ourselves.
  "outbound-closed": GrpcStatus.CANCELED,
  "refused-by-peer": GrpcStatus.INVALID_ARGUMENT,
  "identity-refused": GrpcStatus.UNAUTHENTICATED,
  "access-denied": GrpcStatus.PERMISSION_DENIED,
  "peer-unavailable": GrpcStatus.UNAVAILABLE,
  "peer-exhausted": GrpcStatus.RESOURCE_EXHAUSTED,
  "peer-error": GrpcStatus.UNKNOWN,
  internal: GrpcStatus.INTERNAL,
};

/** Tells Connect that the connection was lost, before it takes the end of the stream for a call that was cancelled. */
function tellLoss(stream: ClientHttp2Stream, channel: Channel, makeError: MakeError): void {
  const { session } = stream;
  let isOver = false;
  stream.once("trailers", () => {
    isOver = true;
  });
  stream.once("response", (headers) => {
    isOver = "grpc-status" in headers;
  });
  const tell = () => {
    const isLost = channel.state === "closed" || session?.destroyed;
    if (isOver || !isLost) return;
    const failure = channel.failure ?? closedWithoutReason;
    stream.emit("error", makeError(new TransportOpenError(failure), codeOf[failure.cause]));
  };
  // The reading half learns of it by the one, Connect by the other; whoever is told first decides.
  stream.once("aborted", tell).once("close", tell);
  stream.on("error", () => {});
}

/** Calls count like streams when a connection fails every opening. */
function watchOpening(stream: ClientHttp2Stream, place: Place<Channel>): void {
  let isOpen = false;
  stream.once("response", (headers) => {
    // Without anything but a status, it is the end already.
    const status = headers["grpc-status"];
    isOpen = status === undefined ? !foreignAnswer(headers) : isFromGateway(Number(status));
    if (isOpen) place.answered();
  });
  stream.once("close", () => {
    // CANCEL is mostly our own: a caller that gave up.
    if (!isOpen && stream.rstCode !== constants.NGHTTP2_CANCEL) place.failed();
  });
}

/** Each call takes a place from the pool, and holds it as long as its HTTP/2 stream lives. */
function sessionManagerOf(pool: ChannelPool<Channel>, origin: string, makeError: MakeError): SessionManager {
  const never = new AbortController().signal;
  const start = async (...[, path, headers]: Parameters<SessionManager["request"]>) => {
    const place = await pool.acquire(never);
    const { channel, release } = place;
    try {
      const stream = resetsOutside(channel.start(path, headers));
      // Before its place is free: the last one to go closes a channel that drains, and that is no loss.
      tellLoss(stream, channel, makeError);
      watchOpening(stream, place);
      return stream.once("close", release);
    } catch (error) {
      release();
      throw error;
    }
  };
  return {
    authority: origin,
    request: (...call) =>
      start(...call).catch((error: unknown) => {
        const failure = http2Failure(error, "internal");
        throw makeError(new TransportOpenError(failure, { cause: error }), codeOf[failure.cause]);
      }),
    notifyResponseByteRead() {},
  };
}

/** Connect's library is loaded with the first call: it is half of what there is to load, and a connector does without. */
export function connectRpc(
  pool: ChannelPool<Channel>,
  origin: string,
  maxMessageBytes: number,
): ConnectTransport {
  let loading: Promise<ConnectTransport> | undefined;
  const loaded = () => {
    loading ??= Promise.all([import("@connectrpc/connect"), import("@connectrpc/connect-node")]).then(
      ([{ ConnectError }, { createGrpcTransport }]) =>
        createGrpcTransport({
          baseUrl: origin,
          sessionManager: sessionManagerOf(
            pool,
            origin,
            (failure, code) => new ConnectError(failure.message, code, undefined, undefined, failure),
          ),
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

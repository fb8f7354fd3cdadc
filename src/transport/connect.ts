/**
 * The Connect-RPC adapter: streams over `@connectrpc/connect-node` (gRPC protocol) on channels of our own.
 */
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ConnectorService, type StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Endpoint } from "../protocol/endpoint.js";
import type { Channel } from "./channel.js";
import { abortedByUs, linkFailure, streamEnding } from "./failure-table.js";
import { OutboundQueue } from "./outbound-queue.js";
import { ChannelPool, type Place } from "./pool.js";
import type { TlsOptions } from "./tls.js";
import {
  type LinkCause,
  type OpenOptions,
  type StreamSink,
  type Transport,
  TransportOpenError,
  type TransportStream,
} from "./transport.js";

export interface ConnectTransportOptions {
  readonly endpoint: Endpoint;
  /** Used when the endpoint wants TLS. */
  readonly tls: TlsOptions;
  readonly maxStreamsPerChannel: number;
  readonly connectTimeoutMs: number;
  readonly ping: { readonly intervalMs: number; readonly timeoutMs: number };
  /** Largest message in either direction, in bytes. */
  readonly maxMessageBytes: number;
}

type ConnectorClient = Client<typeof ConnectorService>;

/** Time for the peer to close a stream that we have half-closed, before it is reset. */
const lingerMs = 1_000;

class ConnectStream implements TransportStream {
  readonly #place: Place;
  readonly #sink: StreamSink;
  readonly #outbound: OutboundQueue;
  readonly #reset = new AbortController();
  readonly #leaveGoaway: () => void;
  readonly #leaveClosed: () => void;
  #linger: NodeJS.Timeout | undefined;
  /** `open` → `finishing` (half-closed by us) or `left` (aborted by us) → `ended`. */
  #state: "open" | "finishing" | "left" | "ended" = "open";
  #broken = false;
  #resumed: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(place: Place, sink: StreamSink, written: () => void) {
    this.#place = place;
    this.#sink = sink;
    this.#outbound = new OutboundQueue({
      firstWritten: written,
      writable: () => {
        if (this.#state === "open") sink.writable();
      },
      refused: () => this.#unblock(),
    });
    this.#leaveGoaway = place.channel.onGoaway(() => {
      if (this.#state === "open") sink.goaway();
    });
    // A paused stream does not read, so it would not see that its connection is over.
    this.#leaveClosed = place.channel.onClosed(() => {
      this.#unblock();
      // Connect would wait for ever for response headers that cannot come any more.
      setImmediate(() => this.#reset.abort());
    });
  }

  get bufferedBytes(): number {
    return this.#outbound.bytes;
  }

  get ended(): boolean {
    return this.#state === "ended";
  }

  send(message: StreamMessage): boolean {
    return this.#state === "open" && this.#outbound.push(message);
  }

  pause(): void {
    if (this.#resumed || this.#broken || this.#state === "left" || this.#state === "ended") return;
    let resolve: () => void = () => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    this.#resumed = { promise, resolve };
  }

  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = undefined;
  }

  /** For good: reading goes on to the end, which is near. */
  #unblock(): void {
    this.#broken = true;
    this.resume();
  }

  halfClose(): void {
    if (this.#state !== "open") return;
    this.#state = "finishing";
    this.#outbound.end();
  }

  /** Half-closes and lets go at once; a peer that does not close in time gets a reset, which servers ration. */
  abort(): void {
    if (this.#state === "ended" || this.#state === "left") return;
    this.#state = "left";
    this.resume();
    this.#outbound.end();
    this.#letGo();
    this.#linger = setTimeout(() => this.#reset.abort(), lingerMs);
    this.#linger.unref();
    this.#sink.ended(abortedByUs);
  }

  /** Ends without half-close; for an opening that was given up. */
  drop(): void {
    this.#state = "left";
    this.#reset.abort();
    this.#letGo();
  }

  /** Reads until the end. Never rejects. */
  async run(client: ConnectorClient): Promise<void> {
    let error: unknown;
    try {
      for await (const message of client.connect(this.#outbound, { signal: this.#reset.signal })) {
        if (this.#resumed) await this.#resumed.promise;
        if (this.#state === "left") continue;
        this.#sink.message(message);
      }
    } catch (thrown) {
      error = thrown;
    }
    const channelFailure = this.#place.channel.failure;
    clearTimeout(this.#linger);
    this.#leaveClosed();
    this.#outbound.discard();
    this.#letGo();
    if (this.#state === "left") return;
    const finished = this.#state === "finishing";
    this.#state = "ended";
    this.#sink.ended(streamEnding({ error, finished, channelFailure }));
  }

  #letGo(): void {
    this.#leaveGoaway();
    this.#place.release();
  }
}

class ConnectTransport implements Transport {
  readonly kind = "gRPC";
  readonly tls: boolean;
  readonly authority: string;
  readonly #options: ConnectTransportOptions;
  readonly #pool: ChannelPool;
  readonly #clients = new WeakMap<Channel, ConnectorClient>();
  readonly #running = new Set<Promise<void>>();

  constructor(options: ConnectTransportOptions) {
    const { endpoint } = options;
    this.tls = endpoint.tls;
    this.authority = endpoint.authority;
    this.#options = options;
    this.#pool = new ChannelPool({
      host: endpoint.host,
      authority: endpoint.authority,
      tls: endpoint.tls ? options.tls : null,
      places: options.maxStreamsPerChannel,
      connectTimeoutMs: options.connectTimeoutMs,
      pingIntervalMs: options.ping.intervalMs,
      pingTimeoutMs: options.ping.timeoutMs,
    });
  }

  async open(options: OpenOptions): Promise<TransportStream> {
    const limit = new AbortController();
    const giveUp = () => limit.abort(options.signal.reason);
    if (options.signal.aborted) giveUp();
    else options.signal.addEventListener("abort", giveUp, { once: true });
    let late: LinkCause = "connect-timeout";
    const timer = setTimeout(() => limit.abort(new TransportOpenError({ cause: late })), options.timeoutMs);
    try {
      const place = await this.#pool.acquire(limit.signal);
      late = "open-timeout";
      return await this.#start(place, options, limit.signal);
    } catch (error) {
      if (options.signal.aborted) throw options.signal.reason;
      throw error instanceof TransportOpenError
        ? error
        : new TransportOpenError(linkFailure(error, "internal"), { cause: error });
    } finally {
      clearTimeout(timer);
      options.signal.removeEventListener("abort", giveUp);
    }
  }

  channels() {
    return this.#pool.status();
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await Promise.all(this.#running);
  }

  /**
   * Starts the stream and waits until its first message is written, or it has ended before: then the sink has
   * been told, and the opener gets its stream.
   */
  #start(place: Place, options: OpenOptions, signal: AbortSignal): Promise<TransportStream> {
    let written: () => void = () => {};
    const writing = new Promise<void>((resolve) => {
      written = resolve;
    });
    // No closure that lives as long as the stream may see `options`: its first message is large.
    const stream = new ConnectStream(place, options.sink, written);
    if (!signal.aborted) {
      stream.send(options.first);
      this.#track(stream, place.channel, written);
    }
    return untilWritten(stream, writing, signal);
  }

  #track(stream: ConnectStream, channel: Channel, ended: () => void): void {
    const running = stream.run(this.#client(channel)).then(() => {
      this.#running.delete(running);
      ended();
    });
    this.#running.add(running);
  }

  #client(channel: Channel): ConnectorClient {
    const known = this.#clients.get(channel);
    if (known) return known;
    const { maxMessageBytes } = this.#options;
    const transport = createGrpcTransport({
      baseUrl: channel.authority,
      sessionManager: channel,
      acceptCompression: [],
      readMaxBytes: maxMessageBytes,
      writeMaxBytes: maxMessageBytes,
    });
    const client = createClient(ConnectorService, transport);
    this.#clients.set(channel, client);
    return client;
  }
}

/** The stream once it is open; dropped when the signal comes first. */
function untilWritten(
  stream: ConnectStream,
  writing: Promise<void>,
  signal: AbortSignal,
): Promise<TransportStream> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      stream.drop();
      reject(signal.reason);
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    writing.then(() => {
      signal.removeEventListener("abort", giveUp);
      resolve(stream);
    }, reject);
  });
}

/** Opens nothing until the first stream. */
export function createConnectTransport(options: ConnectTransportOptions): Transport {
  return new ConnectTransport(options);
}

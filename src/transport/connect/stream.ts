/** One gRPC stream as a call of Connect, read and written by its iterators. */
import type { ClientHttp2Stream } from "node:http2";
import type { Client } from "@connectrpc/connect";
import type { GrpcTransportOptions } from "@connectrpc/connect-node";
import type { ConnectorService, StreamMessage } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { resetsOutside } from "../../http2/ending.js";
import { FrameFilter, type OversizedTaker } from "../../protocol/frame-filter.js";
import type { FlagFault } from "../../protocol/frame-flags.js";
import { lingerMs } from "../../protocol/limits.js";
import { packageVersion } from "../../version.js";
import { abortedByUs } from "../failure-table.js";
import type { Channel } from "../http2/channel.js";
import { weightOf } from "../outbound-weight.js";
import type { Place } from "../pool/place.js";
import type { ChannelWatcher } from "../pool/pool.js";
import type { StreamSink, TransportStream } from "../transport.js";
import { streamEnding, WireFacts } from "./ending.js";
import { OutboundQueue } from "./outbound-queue.js";

export type ConnectorClient = Client<typeof ConnectorService>;
type SessionManager = NonNullable<GrpcTransportOptions["sessionManager"]>;

const headers = { "user-agent": `mooring/${packageVersion}` };

export class ConnectStream implements TransportStream, ChannelWatcher {
  readonly #place: Place<Channel>;
  readonly #sink: StreamSink;
  readonly #maxMessageBytes: number;
  readonly #outbound: OutboundQueue;
  readonly #reset = new AbortController();
  readonly #wire = new WireFacts();
  #linger: NodeJS.Timeout | undefined;
  /** `open` → `finishing` (half-closed by us) or `left` (aborted by us) → `ended`. */
  #state: "open" | "finishing" | "left" | "ended" = "open";
  #broken = false;
  /** What came was no frame. */
  #fault: FlagFault | undefined;
  /** A message was sent that may be beyond the limit; Connect does not say on which side one was. */
  #sentLarge = false;
  #resumed: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(place: Place<Channel>, sink: StreamSink, maxMessageBytes: number, written: () => void) {
    this.#place = place;
    this.#maxMessageBytes = maxMessageBytes;
    this.#sink = sink;
    this.#outbound = new OutboundQueue({
      firstWritten: written,
      writable: () => {
        if (this.#state === "open") sink.writable();
      },
      refused: () => this.#unblock(),
    });
    place.channel.watch(this);
  }

  get bufferedBytes(): number {
    return this.#outbound.bytes;
  }

  get ended(): boolean {
    return this.#state === "ended";
  }

  send(message: StreamMessage): boolean {
    if (this.#state !== "open") return false;
    this.#sentLarge ||= weightOf(message) > this.#maxMessageBytes;
    return this.#outbound.push(message);
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

  doubt(): void {
    this.#place.doubted();
  }

  peerDraining(): void {
    if (this.#state === "open") this.#sink.peerDraining();
  }

  /** A paused stream does not read, so it would not see that its connection is over. */
  closed(): void {
    this.#unblock();
    // Connect would wait for ever for response headers that cannot come any more.
    this.#giveUp();
  }

  /**
   * The HTTP/2 stream for this call; part of Connect's session manager. Connect waits for ever for response headers
   * when a stream is closed without an error before they came.
   */
  request: SessionManager["request"] = async (_method, path, headers) => {
    const http2 = resetsOutside(this.#place.channel.start(path, headers));
    // The peer has said its last: what comes before it is little, and whoever paused would wait in vain.
    http2.once("trailers", () => this.#unblock());
    const wire = this.#wire;
    wire.watch(http2, () => {
      if (!wire.answer) this.#giveUp();
    });
    // Connect takes more content types than are gRPC, and a body that never comes is none.
    http2.once("response", () => {
      if (wire.foreign) this.#giveUp();
    });
    this.#filter(http2);
    return http2;
  };

  /** Connect ends a stream for a message beyond the limit, so it never sees one. It reads by the iterator. */
  #filter(http2: ClientHttp2Stream): void {
    const oversized: OversizedTaker | undefined = this.#sink.oversized && this.#skip;
    const filter = new FrameFilter({ maxMessageBytes: this.#maxMessageBytes, oversized });
    const chunks: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: http2[Symbol.asyncIterator].bind(http2) };
    http2[Symbol.asyncIterator] = () =>
      filter.filter(chunks, (fault) => {
        this.#fault = fault;
        this.#giveUp();
      });
  }

  readonly #skip: OversizedTaker = (remainder, bytes) => {
    this.#place.answered();
    if (this.#state !== "left" && this.#state !== "ended") this.#sink.oversized?.(remainder, bytes);
  };

  /** Resets the stream; how it has ended is known from what was seen of it. */
  #giveUp(): void {
    setImmediate(() => this.#reset.abort());
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
      for await (const message of client.connect(this.#outbound, { signal: this.#reset.signal, headers })) {
        if (this.#wire.foreign) continue;
        this.#place.answered();
        if (this.#resumed) await this.#resumed.promise;
        if (this.#state === "left") continue;
        this.#sink.message(message);
      }
    } catch (thrown) {
      error = thrown;
    }
    const channelFailure = this.#place.channel.failure;
    clearTimeout(this.#linger);
    this.#place.channel.unwatch(this);
    this.#outbound.discard();
    const finished = this.#state === "finishing";
    const facts = {
      error,
      fault: this.#fault,
      wire: this.#wire,
      finished,
      sentLarge: this.#sentLarge,
      channelFailure,
    };
    const ending = this.#state === "left" ? undefined : streamEnding(facts);
    if (ending) this.#place.ended(ending);
    this.#letGo();
    if (!ending) return;
    this.#state = "ended";
    this.#sink.ended(ending);
  }

  #letGo(): void {
    this.#place.release();
  }
}

/** One gRPC stream as a bidirectional call of grpc-js: bounded by marks in bytes, read as it flows. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { ClientDuplexStream, Metadata, StatusObject } from "@grpc/grpc-js";
import {
  type StreamMessage,
  StreamMessageSchema,
} from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { outsideHttp2 } from "../../http2/ending.js";
import { FrameFilter } from "../../protocol/frame-filter.js";
import { highWaterBytes, lingerMs, lowWaterBytes } from "../../protocol/limits.js";
import { OversizedMessage } from "../../protocol/oversized-message.js";
import { abortedByUs } from "../failure-table.js";
import { brokenFrame, foreignAnswer, tooLargeToSend } from "../http2/call-ending.js";
import { connectPath } from "../http2/connect-request.js";
import { GrpcStatus } from "../http2/grpc-status.js";
import { weightOf } from "../outbound-weight.js";
import type { Place } from "../pool/place.js";
import type { ChannelWatcher } from "../pool/pool.js";
import type { StreamEnding, StreamSink, TransportStream } from "../transport.js";
import { callEnding, headersOf } from "./call-ending.js";
import type { GrpcJsChannel } from "./channel.js";
import { filterBefore, httpStatusOf } from "./decoder-filter.js";

/** A message beyond the limit, of which only the small fields are left. */
class Skipped {
  readonly remainder: StreamMessage;
  readonly bytes: number;
  constructor(message: OversizedMessage) {
    this.remainder = message.remainder();
    this.bytes = message.bytes;
  }
}

export class GrpcJsStream implements TransportStream, ChannelWatcher {
  readonly #place: Place<GrpcJsChannel>;
  readonly #sink: StreamSink;
  readonly #maxMessageBytes: number;
  readonly #call: ClientDuplexStream<StreamMessage, StreamMessage | Skipped>;
  readonly #over: () => void;
  #began: (() => void) | undefined;
  #answer: Metadata | undefined;
  #status: StatusObject | undefined;
  /** What broke it on our side; grpc-js would tell it as text. */
  #fault: StreamEnding | undefined;
  #outboundBytes = 0;
  /** Over the high-water mark; `writable` is owed. */
  #full = false;
  #linger: NodeJS.Timeout | undefined;
  /** Why the answer is none of a gRPC server. */
  #foreign: StreamEnding | undefined;
  /** Takes messages beyond the limit, and what is no frame, out before grpc-js sees them. */
  readonly #filter: FrameFilter;
  #filtering: "unused" | "used" = "unused";
  /** `open` → `finishing` (half-closed by us) or `left` (aborted by us) → `ended`. */
  #state: "open" | "finishing" | "left" | "ended" = "open";

  /** `over` is called when the call is over and the sink knows. */
  constructor(place: Place<GrpcJsChannel>, sink: StreamSink, maxMessageBytes: number, over: () => void) {
    this.#place = place;
    this.#sink = sink;
    this.#maxMessageBytes = maxMessageBytes;
    this.#over = over;
    this.#filter = new FrameFilter({
      maxMessageBytes,
      oversized: sink.oversized && this.#skip,
      // It offers compression in every request, and does not show whether the answer has any.
      unpacks: true,
    });
    const call = place.channel.client.makeBidiStreamRequest<StreamMessage, StreamMessage | Skipped>(
      connectPath,
      (message) => this.#encode(message),
      (bytes) => this.#decode(bytes),
    );
    this.#call = call;
    place.channel.watch(this);
    call.on("metadata", (answer) => {
      this.#answer = answer;
      this.#foreign = foreignAnswer(headersOf(answer, String(httpStatusOf(call) ?? 200)));
      if (this.#foreign) this.#cancel();
      else this.#readPast();
    });
    call.on("data", (message: StreamMessage | Skipped) => {
      if (this.#foreign) return;
      this.#place.answered();
      if (this.#state !== "open" && this.#state !== "finishing") return;
      if (message instanceof Skipped) sink.oversized?.(message.remainder, message.bytes);
      else sink.message(message);
    });
    // What it says comes as status too.
    call.on("error", () => {});
    call.on("status", (status) => this.#closing(status));
    call.once("end", () => this.#read());
  }

  get bufferedBytes(): number {
    return this.#outboundBytes;
  }

  get ended(): boolean {
    return this.#state === "ended";
  }

  /** Writes the first message; `written` is called when the connection has taken it, or the stream is over. */
  begin(message: StreamMessage, written: () => void): void {
    this.#began = written;
    // By then it has its HTTP/2 stream, and nothing has come on that.
    setImmediate(() => this.#readPast());
    this.#call.write(message, () => this.#opened());
  }

  send(message: StreamMessage): boolean {
    if (this.#state !== "open" || this.#fault) return false;
    const weight = weightOf(message);
    this.#outboundBytes += weight;
    if (this.#outboundBytes > highWaterBytes) this.#full = true;
    this.#call.write(message, () => this.#taken(weight));
    return !this.#full;
  }

  pause(): void {
    if (this.#status || this.#state === "left" || this.#state === "ended") return;
    if (this.#place.channel.state !== "closed") this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  halfClose(): void {
    if (this.#state !== "open") return;
    this.#state = "finishing";
    this.#call.end();
  }

  /** Half-closes and lets go at once; a peer that does not close in time gets a reset, which servers ration. */
  abort(): void {
    if (this.#state === "ended" || this.#state === "left") return;
    this.#state = "left";
    this.#call.resume();
    this.#call.end();
    this.#letGo();
    this.#linger = setTimeout(() => this.#cancel(), lingerMs);
    this.#linger.unref();
    this.#sink.ended(abortedByUs);
  }

  /** Ends without half-close; for an opening that was given up. */
  drop(): void {
    this.#state = "left";
    this.#cancel();
    this.#letGo();
  }

  #cancel(): void {
    outsideHttp2(() => this.#call.cancel());
  }

  doubt(): void {
    this.#place.doubted();
  }

  peerDraining(): void {
    if (this.#state === "open") this.#sink.peerDraining();
  }

  /** A paused stream does not read, so it would not see that its connection is over. */
  closed(): void {
    this.resume();
  }

  /** Lets grpc-js see nothing of messages beyond the limit. */
  #readPast(): void {
    if (this.#filtering === "unused" && filterBefore(this.#call, this.#filter)) this.#filtering = "used";
  }

  readonly #skip = (remainder: StreamMessage, bytes: number): void => {
    this.#place.answered();
    if (this.#state === "open" || this.#state === "finishing") this.#sink.oversized?.(remainder, bytes);
  };

  #encode(message: StreamMessage): Buffer {
    const bytes = toBinary(StreamMessageSchema, message);
    if (bytes.length > this.#maxMessageBytes) {
      this.#fault ??= tooLargeToSend;
      throw new Error("A message is larger than maxMessageBytes.");
    }
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #decode(bytes: Buffer): StreamMessage | Skipped {
    if (bytes.length > this.#maxMessageBytes) return this.#skipped(bytes);
    try {
      return fromBinary(StreamMessageSchema, bytes);
    } catch (error) {
      this.#fault ??= brokenFrame(this.#filter.fault ?? "undecodable");
      throw error;
    }
  }

  #skipped(bytes: Buffer): Skipped {
    const message = new OversizedMessage(bytes.length);
    message.take(bytes, 0);
    if (this.#sink.oversized) return new Skipped(message);
    this.#fault ??= brokenFrame("too-large");
    throw new Error("A message is larger than maxMessageBytes.");
  }

  #taken(weight: number): void {
    this.#outboundBytes -= weight;
    if (!this.#full || this.#state !== "open" || this.#outboundBytes >= lowWaterBytes) return;
    this.#full = false;
    this.#sink.writable();
  }

  #opened(): void {
    this.#began?.();
    this.#began = undefined;
  }

  /** The status has come; messages before it may still be on their way to the sink. */
  #closing(status: StatusObject): void {
    this.#status = status;
    if (this.#call.readableEnded) this.#read();
    else if (status.code !== GrpcStatus.OK) this.#call.resume();
  }

  /** Everything is read. The end of reading may come before the status. */
  #read(): void {
    const status = this.#status;
    if (!status) return;
    if (status.code === GrpcStatus.OK) this.#finish(status);
    // A call ends one turn before the connection that it ends with.
    else setImmediate(() => this.#finish(status));
  }

  #finish(status: StatusObject): void {
    if (this.#state === "ended") return;
    clearTimeout(this.#linger);
    const { failure: channelFailure } = this.#place.channel;
    const finished = this.#state === "finishing";
    // Its decoder forgets an unfinished message at a clean end.
    if (status.code === GrpcStatus.OK && this.#filter.partial) this.#fault ??= brokenFrame("truncated");
    const ending =
      this.#foreign ?? this.#fault ?? callEnding({ status, answer: this.#answer, finished, channelFailure });
    const told = this.#state !== "left";
    if (told) this.#place.ended(ending);
    this.#letGo();
    if (told) this.#sink.ended(ending);
    this.#state = "ended";
    this.#outboundBytes = 0;
    if (!this.#call.writableEnded) this.#call.end();
    this.#opened();
    this.#over();
  }

  #letGo(): void {
    this.#place.channel.unwatch(this);
    this.#place.release();
  }
}

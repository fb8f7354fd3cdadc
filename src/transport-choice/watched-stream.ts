/** A stream on one of two ways, watched for what it tells of the way: the first message is the gateway's answer. */
import type { Way } from "../../machines/transport-choice.js";
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { StreamEnding, StreamSink, TransportStream } from "../transport/transport.js";
import type { TransportChoice } from "./choice.js";
import { failedStream, silentStream } from "./way-failures.js";

/** The sink that the way's transport is given: whatever comes goes on to the one that was meant. */
export class WatchedSink implements StreamSink {
  readonly oversized?: (remainder: StreamMessage, bytes: number) => void;
  readonly way: Way;
  readonly #sink: StreamSink;
  readonly #choice: TransportChoice;
  readonly #round: number;
  readonly #over: () => void;
  #life: "unanswered" | "blamed" | "answered" = "unanswered";

  /** `over`: the stream has ended. */
  constructor(way: Way, sink: StreamSink, choice: TransportChoice, over: () => void) {
    this.way = way;
    this.#sink = sink;
    this.#choice = choice;
    this.#round = choice.round;
    this.#over = over;
    if (sink.oversized)
      this.oversized = (remainder, bytes) => {
        if (this.#life !== "answered") this.#answered();
        sink.oversized?.(remainder, bytes);
      };
  }

  message(message: StreamMessage): void {
    if (this.#life !== "answered") this.#answered();
    this.#sink.message(message);
  }

  writable(): void {
    this.#sink.writable();
  }

  peerDraining(): void {
    this.#sink.peerDraining();
  }

  ended(ending: StreamEnding): void {
    const failure = failedStream(ending);
    if (this.#life === "answered") this.#choice.ended(this.way);
    else if (this.#life === "unanswered" && failure)
      this.#choice.failed(this.way, this.#round, true, failure);
    this.#sink.ended(ending);
    this.#over();
  }

  /** The opening was given up: nothing more comes, and nobody says so. */
  dropped(): void {
    if (this.#life === "answered") this.#choice.ended(this.way);
  }

  /** What should have come has not. */
  doubted(): void {
    if (this.#life !== "unanswered") return;
    this.#life = "blamed";
    this.#choice.failed(this.way, this.#round, true, silentStream);
  }

  #answered(): void {
    this.#life = "answered";
    this.#choice.answered(this.way);
  }
}

export class WatchedStream implements TransportStream {
  readonly kind: Way;
  readonly #stream: TransportStream;
  readonly #sink: WatchedSink;

  constructor(stream: TransportStream, sink: WatchedSink) {
    this.kind = sink.way;
    this.#stream = stream;
    this.#sink = sink;
  }

  get bufferedBytes(): number {
    return this.#stream.bufferedBytes;
  }

  send(message: StreamMessage): boolean {
    return this.#stream.send(message);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  halfClose(): void {
    this.#stream.halfClose();
  }

  abort(): void {
    this.#stream.abort();
  }

  doubt(): void {
    this.#sink.doubted();
    this.#stream.doubt?.();
  }
}

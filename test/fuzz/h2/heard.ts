/** What the owners of a case's calls heard, and whether they may have. */
import { create } from "@bufbuild/protobuf";
import {
  HeartbeatRequestSchema,
  StreamMessageSchema,
} from "../../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import type { Headers } from "../../../src/transport/h2/answer.js";
import type { Call, CallLoss, CallOwner } from "../../../src/transport/h2/call.js";
import type { Channel } from "../../../src/transport/h2/channel.js";
import type { Connection } from "../../../src/transport/h2/connection.js";
import { H2Stream } from "../../../src/transport/h2/stream.js";
import type { Place } from "../../../src/transport/pool/place.js";
import type { StreamEnding, StreamSink } from "../../../src/transport/transport.js";
import { requestBlock } from "../../transport/h2/support/driven-connection.js";

/** One call of a case, whoever has it. */
export interface FuzzedCall {
  /** All that it heard, in order; content that came in parts is one. */
  readonly heard: readonly string[];
  /** `left`: by its user, so that it must hear no end. */
  readonly state: "open" | "ended" | "left";
  send(bytes: number): void;
  end(): void;
  reset(): void;
  stopReading(): void;
  readOn(): void;
}

const zeros = Buffer.alloc(200_000);

/** What both kinds of call say of what they hear. */
abstract class Hearing {
  readonly heard: string[] = [];
  state: "open" | "ended" | "left" = "open";

  protected hear(what: string): void {
    if (this.state !== "open") throw new Error(`a call that is over (${this.state}) heard "${what}"`);
    this.heard.push(what);
  }

  protected hearEnd(what: string): void {
    this.hear(what);
    this.state = "ended";
  }
}

export class RawCall extends Hearing implements CallOwner, FuzzedCall {
  #call: Call | undefined;
  #unsent = 0;
  #reads = true;
  #unread = 0;
  /** Bytes of content that came one after the other, and what they add up to. */
  #bytes = 0;
  #sum = 0;
  #answer: "awaited" | "begun" | "trailed" = "awaited";

  start(connection: Connection): void {
    this.#call = connection.start(requestBlock, this);
  }

  send(bytes: number): void {
    this.#unsent += bytes;
    if (bytes > 0) this.#call?.wantsTurn();
  }

  end(): void {
    this.#call?.end();
  }

  reset(): void {
    if (this.state === "open") this.state = "left";
    this.#call?.reset(8);
  }

  stopReading(): void {
    this.#reads = false;
  }

  readOn(): void {
    this.#reads = true;
    const unread = this.#unread;
    this.#unread = 0;
    if (unread > 0) this.#call?.read(unread);
  }

  get hasMore(): boolean {
    return this.#unsent > 0;
  }

  fill(): void {
    const bytes = Math.min(this.#unsent, 50_000);
    if (bytes > 0) this.#call?.push(zeros.subarray(0, bytes));
    this.#unsent -= bytes;
  }

  sent(): void {}

  headers(headers: Headers): void {
    if (this.#answer !== "awaited") throw new Error("header fields twice");
    this.#answer = "begun";
    this.hear(JSON.stringify(headers));
  }

  data(bytes: Buffer, start: number, end: number): void {
    if (this.#answer !== "begun") throw new Error(`content while the answer is ${this.#answer}`);
    if (this.state !== "open") throw new Error(`a call that is over (${this.state}) heard content`);
    if (this.#bytes === 0) this.heard.push("");
    for (let at = start; at < end; at++) this.#sum = (Math.imul(this.#sum, 31) + (bytes[at] as number)) | 0;
    this.#bytes += end - start;
    if (this.#bytes > 0) this.heard[this.heard.length - 1] = `content ${this.#bytes} ${this.#sum}`;
    else this.heard.pop();
    if (this.#reads) this.#call?.read(end - start);
    else this.#unread += end - start;
  }

  trailers(trailers: Headers): void {
    if (this.#answer !== "begun") throw new Error(`trailers while the answer is ${this.#answer}`);
    this.#answer = "trailed";
    this.hear(JSON.stringify(trailers));
  }

  peerEnded(): void {
    this.hearEnd("ended");
  }

  lost(loss: CallLoss): void {
    this.hearEnd(
      `lost by ${loss.by} ${"code" in loss ? loss.code : ""}${"fault" in loss ? loss.fault.message : ""}`,
    );
  }

  peerDraining(): void {
    // Between two parts of content, which are one to whoever reads them.
    if (this.#bytes === 0) this.hear("asked back");
  }
}

const heartbeat = create(StreamMessageSchema, {
  message: { case: "heartbeatRequest", value: create(HeartbeatRequestSchema, {}) },
});

export class GrpcCall extends Hearing implements StreamSink, FuzzedCall {
  #stream: H2Stream | undefined;

  start(connection: Connection): void {
    const channel = {
      failure: undefined,
      start: (block: Buffer, owner: CallOwner) => connection.start(block, owner),
      flush: () => connection.flush(),
      whenTaken: (taken: () => void) => connection.whenTaken(taken),
    };
    const nothing = () => {};
    const place = {
      channel,
      release: nothing,
      answered: nothing,
      doubted: nothing,
      ended: nothing,
      failed: nothing,
    };
    this.#stream = new H2Stream(
      place as unknown as Place<Channel>,
      requestBlock,
      heartbeat,
      this,
      1_000,
      nothing,
    );
  }

  send(bytes: number): void {
    for (let left = bytes % 50; left > 0; left--) this.#stream?.send(heartbeat);
  }

  end(): void {
    this.#stream?.halfClose();
  }

  reset(): void {
    this.#stream?.abort();
  }

  stopReading(): void {
    this.#stream?.pause();
  }

  readOn(): void {
    this.#stream?.resume();
  }

  message(message: { message: { case?: string | undefined } }): void {
    this.hear(`message ${message.message.case}`);
  }

  oversized(_remainder: unknown, bytes: number): void {
    this.hear(`oversized ${bytes}`);
  }

  writable(): void {
    this.hear("writable");
  }

  peerDraining(): void {
    this.hear("asked back");
  }

  ended({ by, failure }: StreamEnding): void {
    this.hearEnd(`ended by ${by}: ${failure.cause} ${failure.code ?? ""} ${failure.detail ?? ""}`);
  }
}

/** What the owners of a case's calls heard, and whether they may have. */
import { create, toBinary } from "@bufbuild/protobuf";
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
import { longestSent, Pattern } from "./pattern.js";

/** One call of a case, whoever has it. */
export interface FuzzedCall {
  /** 0 until it is open. */
  readonly id: number;
  /** All that it heard but content, in order. */
  readonly heard: readonly string[];
  /** Bytes of content that it heard, and what they add up to; of messages, how many. */
  readonly bytes: number;
  readonly sum: number;
  readonly messages: number;
  /** `left`: by its user, so that it must hear no end. */
  readonly state: "open" | "ended" | "left";
  readonly reads: boolean;
  /** Bytes that its user has sent and that were not written. */
  readonly unsent: number;
  readonly hasEnded: boolean;
  start(connection: Connection): void;
  send(bytes: number): void;
  end(): void;
  reset(): void;
  stopReading(): void;
  readOn(): void;
}

/** What both kinds of call say of what they hear. */
abstract class Hearing {
  readonly heard: string[] = [];
  state: "open" | "ended" | "left" = "open";
  bytes = 0;
  sum = 0;
  messages = 0;
  reads = true;
  hasEnded = false;
  protected call: Call | undefined;

  get id(): number {
    return this.call?.id ?? 0;
  }

  protected hear(what: string): void {
    if (this.state !== "open") throw new Error(`a call that is over (${this.state}) heard "${what}"`);
    this.heard.push(what);
  }

  protected hearEnd(what: string): void {
    this.hear(what);
    this.state = "ended";
  }
}

/** Adds up bytes so that their order counts. */
export function sumOf(bytes: Buffer, start: number, end: number, before: number): number {
  let sum = before;
  for (let at = start; at < end; at++) sum = (Math.imul(sum, 31) + (bytes[at] as number)) | 0;
  return sum;
}

/** What raw calls send. */
export const rawContent = new Pattern(Buffer.from(Array.from({ length: 251 }, (_, at) => at)));

export class RawCall extends Hearing implements CallOwner, FuzzedCall {
  #pushed = 0;
  #unpushed = 0;
  #unread = 0;
  #answer: "awaited" | "begun" | "trailed" = "awaited";

  start(connection: Connection): void {
    this.call = connection.start(requestBlock, this);
  }

  get unsent(): number {
    return this.#unpushed + (this.call?.queued ?? 0);
  }

  send(bytes: number): void {
    if (this.hasEnded) return;
    this.#unpushed += bytes;
    if (bytes > 0) this.call?.wantsTurn();
  }

  end(): void {
    this.hasEnded = true;
    this.call?.end();
  }

  reset(): void {
    if (this.state === "open") this.state = "left";
    this.call?.reset(8);
  }

  stopReading(): void {
    this.reads = false;
  }

  readOn(): void {
    this.reads = true;
    const unread = this.#unread;
    this.#unread = 0;
    if (unread > 0) this.call?.read(unread);
  }

  get hasMore(): boolean {
    return this.#unpushed > 0;
  }

  fill(): void {
    const bytes = Math.min(this.#unpushed, longestSent);
    if (bytes > 0) this.call?.push(rawContent.from(this.#pushed, bytes));
    this.#pushed += bytes;
    this.#unpushed -= bytes;
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
    this.sum = sumOf(bytes, start, end, this.sum);
    this.bytes += end - start;
    if (this.reads) this.call?.read(end - start);
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
    this.hear("asked back");
  }
}

const heartbeat = create(StreamMessageSchema, {
  message: { case: "heartbeatRequest", value: create(HeartbeatRequestSchema, { timestampMs: 1_234n }) },
});
const message = toBinary(StreamMessageSchema, heartbeat);
/** What gRPC calls send. */
export const grpcContent = new Pattern(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));

/** The longest message that they take. */
export const maxMessageBytes = 1_000;

export class GrpcCall extends Hearing implements StreamSink, FuzzedCall {
  #stream: H2Stream | undefined;

  start(connection: Connection): void {
    const channel = {
      failure: undefined,
      start: (block: Buffer, owner: CallOwner) => {
        this.call = connection.start(block, owner);
        return this.call;
      },
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
      maxMessageBytes,
      nothing,
    );
  }

  get unsent(): number {
    return this.#stream?.bufferedBytes ?? 0;
  }

  send(bytes: number): void {
    for (let left = bytes % 50; left > 0; left--) this.#stream?.send(heartbeat);
  }

  end(): void {
    this.hasEnded = true;
    this.#stream?.halfClose();
  }

  reset(): void {
    this.#stream?.abort();
  }

  stopReading(): void {
    this.reads = false;
    this.#stream?.pause();
  }

  readOn(): void {
    this.reads = true;
    this.#stream?.resume();
  }

  message({ message }: { message: { case?: string | undefined } }): void {
    this.messages += 1;
    this.hear(`message ${message.case}`);
  }

  oversized(_remainder: unknown, bytes: number): void {
    this.messages += 1;
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

/** A sink that records, and fails the test for what a sink must never see. */
import type { StreamMessage } from "../../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import type { StreamEnding, StreamSink } from "../../../src/transport/transport.js";
import { idOf } from "./messages.js";

export class Recorder implements StreamSink {
  readonly messages: StreamMessage[] = [];
  readonly endings: StreamEnding[] = [];
  /** Messages that were read past, as id and size. */
  readonly skipped: { readonly id: string; readonly bytes: number }[] = [];
  /** What came after `ended`: must stay empty. */
  readonly afterEnd: string[] = [];
  writables = 0;
  drainings = 0;

  message(message: StreamMessage): void {
    this.#note("message");
    this.messages.push(message);
  }

  oversized(remainder: StreamMessage, bytes: number): void {
    this.#note("oversized");
    this.skipped.push({ id: idOf(remainder), bytes });
  }

  writable(): void {
    this.#note("writable");
    this.writables += 1;
  }

  peerDraining(): void {
    this.#note("draining");
    this.drainings += 1;
  }

  ended(ending: StreamEnding): void {
    this.#note("ended");
    this.endings.push(ending);
  }

  get ids(): readonly string[] {
    return this.messages.map(idOf);
  }

  #note(what: string): void {
    if (this.endings.length > 0) this.afterEnd.push(what);
  }
}

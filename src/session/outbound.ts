/**
 * What a session sends, and whether there is room for it. A stream takes everything, so what a peer can ask for
 * without end (heartbeat answers) or what comes by a clock (reports) is left out while there is none, and counted.
 */

import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { maxUnbound } from "../protocol/limits.js";
import type { TransportStream } from "../transport/transport.js";
import { counted, type KindCounts, noKinds } from "./kind-counts.js";

export class Outbound {
  #stream: TransportStream | undefined;
  /** What was to be sent before the opening was done; a fast gateway asks that early. */
  #unbound: StreamMessage[] | undefined;
  /** `full`: the stream has said so, and owes a `writable`. */
  #room: "free" | "full" = "free";
  /** A heartbeat answer that waits stands for all that are asked for meanwhile. */
  #waiting: (() => StreamMessage) | undefined;
  #dropped: KindCounts | undefined;

  /** Messages left out because there was no room, by kind. */
  get dropped(): Readonly<KindCounts> {
    return this.#dropped ?? noKinds;
  }

  get stream(): TransportStream | undefined {
    return this.#stream;
  }

  /** Returns true when room was wanted before, and there is some now. */
  bind(stream: TransportStream): boolean {
    this.#stream = stream;
    const wasFull = this.#room === "full";
    this.#room = "free";
    const early = this.#unbound;
    this.#unbound = undefined;
    for (const message of early ?? []) this.post(message);
    return this.writable() && wasFull;
  }

  /** Taken in any case. False: there is no room for more, wait for `writable`. */
  post(message: StreamMessage): boolean {
    if (this.#stream) {
      this.#room = this.#stream.send(message) ? "free" : "full";
    } else {
      this.#unbound ??= [];
      this.#unbound.push(message);
      if (this.#unbound.length >= maxUnbound) this.#room = "full";
    }
    return this.#room === "free";
  }

  /** At once where there is room, else one for all when there is again. */
  answerHeartbeat(answer: () => StreamMessage): void {
    if (this.#waiting) this.drop("heartbeatResponse");
    else if (this.#room === "free" && this.#stream) this.post(answer());
    else this.#waiting = answer;
  }

  /** Only where there is room, and when it fits into a message (else it is undefined): the next one says it better. */
  report(report: () => StreamMessage | undefined): void {
    const message = this.#room === "free" ? report() : undefined;
    if (message) this.post(message);
    else this.drop("metricsReport");
  }

  drop(kind: string): void {
    this.#dropped = counted(this.#dropped, kind);
  }

  /** There is room again. Returns true when there still is after what waited here. */
  writable(): boolean {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#room = "free";
    return waiting ? this.post(waiting()) : true;
  }
}

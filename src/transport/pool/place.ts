/** A place on a ready channel, and what its stream tells of the connection: whether it is worth further streams. */
import type { StreamEnding } from "../transport.js";
import type { PoolChannel } from "./pool.js";
import { isFailedOpening, type Retirement } from "./retirement.js";

export class Place<C extends PoolChannel> {
  readonly channel: C;
  /** Gives the place back; further calls do nothing. */
  readonly release: () => void;
  readonly #retirement: Retirement;
  /** The peer has said something: the connection is good. */
  #answered = false;

  constructor(channel: C, release: () => void, retirement: Retirement) {
    this.channel = channel;
    this.release = release;
    this.#retirement = retirement;
  }

  /** The peer has said something on the stream. Idempotent; called for each message. */
  answered(): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#retirement.answered(this.channel);
  }

  /** What should have come on the stream has not: the connection is asked before a further stream goes on it. */
  doubted(): void {
    if (!this.#answered) this.failed();
    this.channel.ask();
  }

  /** The stream is over, and not by our leaving it. */
  ended(ending: StreamEnding): void {
    if (!this.#answered && isFailedOpening(ending)) this.failed();
  }

  /** The opening failed before the peer had answered, or waited in vain. */
  failed(): void {
    if (this.channel.state === "ready" && this.#retirement.failed(this.channel)) this.channel.retire();
  }
}

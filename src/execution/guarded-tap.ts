/** A tap that may throw. Who looks on must not cost a request its answer: one that throws is told nothing more. */
import type { RequestTap } from "./request-tap.js";

/** In the log. */
export const tapFailed = "who looked at the requests failed, and is told no more of them; requests go on";

export class GuardedTap implements RequestTap {
  #tap: RequestTap | undefined;
  readonly #failed: (error: unknown) => void;

  /** `failed`: told once of what was thrown. */
  constructor(tap: RequestTap, failed: (error: unknown) => void) {
    this.#tap = tap;
    this.#failed = failed;
  }

  queued(requestId: string): void {
    this.#tell((tap) => tap.queued(requestId));
  }

  answered(...facts: Parameters<RequestTap["answered"]>): void {
    this.#tell((tap) => tap.answered(...facts));
  }

  sent(requestId: string): void {
    this.#tell((tap) => tap.sent(requestId));
  }

  streamLost(): void {
    this.#tell((tap) => tap.streamLost());
  }

  confirmed(requestId: string): void {
    this.#tell((tap) => tap.confirmed(requestId));
  }

  evicted(requestId: string): void {
    this.#tell((tap) => tap.evicted(requestId));
  }

  #tell(say: (tap: RequestTap) => void): void {
    if (!this.#tap) return;
    try {
      say(this.#tap);
    } catch (error) {
      this.#tap = undefined;
      this.#failed(error);
    }
  }
}

/**
 * Which of the streams that are gone had been ended by the peer itself: nothing may come on these any more, while on
 * streams that we reset something may have been underway (RFC 9113, section 5.1, "closed"). Only the latest are
 * remembered; what comes on older ones is let pass.
 */
import { frameLimits } from "../../protocol/limits.js";

export class ClosedCalls {
  readonly #ended = new Set<number>();

  /** In order, by both sides. */
  ended(id: number): void {
    this.#ended.add(id);
    if (this.#ended.size <= frameLimits.rememberedStreams) return;
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest);
      return;
    }
  }

  hasEnded(id: number): boolean {
    return this.#ended.has(id);
  }
}

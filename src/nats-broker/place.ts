/** Whether the stream has let go of what a consumer has not read yet. */
import type { Opened } from "./link.js";

/** A consumer that was asked less long ago is not looked after: who reads that fast is not too slow. */
const restMs = 1_000;

export class Place {
  #restsSince = Number.NEGATIVE_INFINITY;

  /** Its last request is over. */
  rests(): void {
    this.#restsSince = performance.now();
  }

  get hasRested(): boolean {
    return performance.now() - this.#restsSince >= restMs;
  }
}

/** How many messages after a consumer's place are not kept any more: of these consumers the most. */
export async function lostBehind(
  { jsm }: Opened,
  stream: string,
  consumers: readonly string[],
): Promise<number> {
  // The stream first: what is read meanwhile is not lost.
  const { state } = await jsm.streams.info(stream);
  const places = await Promise.all(consumers.map((consumer) => jsm.consumers.info(stream, consumer)));
  return Math.max(0, ...places.map(({ delivered }) => state.first_seq - delivered.stream_seq - 1));
}

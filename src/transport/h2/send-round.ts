/**
 * Whose turn it is to send: calls take turns, a frame each, so that a large message of one does not hold up the
 * others; and nobody writes more than the system takes.
 */
import { frameLimits } from "../../protocol/limits.js";
import type { Call } from "./call.js";
import type { FrameWriter } from "./frame-writer.js";
import type { SendWindow } from "./windows.js";

export class SendRound {
  #due: Call[] = [];

  /** The caller sees to it that a call is in it once. */
  add(call: Call): void {
    this.#due.push(call);
  }

  get isEmpty(): boolean {
    return this.#due.length === 0;
  }

  /** Gives turns until everybody is done, the window is used up, or the system has enough to write. */
  run(writer: FrameWriter, window: SendWindow): void {
    const blocked: Call[] = [];
    let round: readonly Call[] = [];
    let place = 0;
    try {
      while (this.#due.length > 0) {
        round = this.#due;
        this.#due = [];
        place = 0;
        while (place < round.length) {
          if (writer.untaken >= frameLimits.writtenBytes) return;
          const call = round[place++] as Call;
          const turn = call.writeFrame(writer, window);
          if (turn === "more") this.#due.push(call);
          else if (turn === "blocked") blocked.push(call);
        }
      }
    } finally {
      // Also when the user of one throws: the others must have their turns.
      const later = place < round.length ? [...blocked, ...round.slice(place)] : blocked;
      this.#due = this.#due.length === 0 ? later : [...later, ...this.#due];
    }
  }
}

/**
 * How many requests of one stream are begun in a turn of the event loop. What has come together is delivered together,
 * so without a share a flooded registration keeps all others waiting until the last of its requests is begun.
 */
import { requestsPerTurn } from "../protocol/limits.js";

/** Whose requests are begun. */
export interface Sharer {
  /** Its share of the last turn was used up; it has another now. */
  shareAgain(): void;
}

/** Counts the turns in which requests are begun: one immediate serves all streams. */
let turn = 0;
let isTurning = false;
let waiting: Sharer[] = [];

function turnOver(): void {
  turn += 1;
  isTurning = false;
  const now = waiting;
  waiting = [];
  for (const sharer of now) sharer.shareAgain();
}

export class TurnShare {
  readonly #sharer: Sharer;
  #turn = -1;
  #taken = 0;

  constructor(sharer: Sharer) {
    this.#sharer = sharer;
  }

  get isUsedUp(): boolean {
    return this.#turn === turn && this.#taken >= requestsPerTurn;
  }

  /** Takes one request's part of it. */
  take(): void {
    if (!isTurning) {
      isTurning = true;
      setImmediate(turnOver);
    }
    if (this.#turn !== turn) {
      this.#turn = turn;
      this.#taken = 0;
    }
    this.#taken += 1;
    if (this.#taken === requestsPerTurn) waiting.push(this.#sharer);
  }
}

/** Stands for `src/transport/http2/turn.ts`: a turn ends when a case says so, and only who has asked gets it. */
import type { Flushable } from "../../../src/transport/http2/turn.js";

let waiting: Flushable[] = [];

export function atEndOfTurn(one: Flushable): void {
  waiting.push(one);
}

export function endTurn(): void {
  const now = waiting;
  waiting = [];
  for (const one of now) one.flush();
}

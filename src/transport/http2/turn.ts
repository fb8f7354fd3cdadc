/**
 * Runs what streams want done once per turn of the event loop: everything that was sent in a turn goes out as
 * one write per stream, and all streams share one immediate.
 */

export interface Flushable {
  flush(): void;
}

let waiting: Flushable[] = [];

function run(): void {
  const now = waiting;
  waiting = [];
  for (const one of now) one.flush();
}

/** Calls `flush` once, after the events of this turn. The caller sees to it that it does not ask twice. */
export function atEndOfTurn(one: Flushable): void {
  if (waiting.length === 0) setImmediate(run);
  waiting.push(one);
}

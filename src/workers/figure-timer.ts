/**
 * When a worker tells its figures: regularly, but not first of all after a block. Streams that were lost meanwhile must
 * be known as lost before the thread is heard again, or they would be shown as serving.
 */

/** So much later than it was due, a turn comes after a block, in ms. */
const lateMs = 500;

/** After a block, sockets and sessions say in so many turns of the loop what they have to say; each takes at least so many ms. */
const catchUpTurns = 10;
const turnMs = 10;

/** Returns how to end it. */
export function startFigureTimer(intervalMs: number, tell: () => void): () => void {
  let timer: NodeJS.Timeout;
  const tellNow = () => {
    tell();
    waitForNext();
  };
  // Once for each: a thread whose handlers all take long does turn, and must be heard.
  const catchUp = (turns: number) => {
    timer = setTimeout(() => (turns > 1 ? catchUp(turns - 1) : tellNow()), turnMs);
  };
  const waitForNext = () => {
    const dueAt = performance.now() + intervalMs;
    timer = setTimeout(
      () => (performance.now() - dueAt > lateMs ? catchUp(catchUpTurns) : tellNow()),
      intervalMs,
    );
  };
  waitForNext();
  return () => clearTimeout(timer);
}

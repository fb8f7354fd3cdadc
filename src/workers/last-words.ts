/** What a thread that is about to end tells of itself: how it ends, and which requests may be why. */

import type { BoardReader } from "../execution/handler-board.js";
import type { RegistrationRecord } from "../runtime/record.js";
import type { FromWorker, LastWords, Suspect } from "./worker-messages.js";

/** Longer ago an answered request is not suspected any more, in ms. */
const recentMs = 1_000;

const suspect = (key: string, one: { readonly requestId: string; readonly handler: string }): Suspect => ({
  registration: key,
  ...one,
});

/**
 * The request whose handler holds the thread, when there is one. Otherwise nobody can tell for sure: those under way, and
 * the last one answered, whose handler may have left a promise behind.
 */
function suspectsOf(records: readonly RegistrationRecord[], board: BoardReader): readonly Suspect[] {
  const underWay = records.flatMap(({ key, services }) =>
    services.execution.suspects.underWay().map((one) => suspect(key, one)),
  );
  const holder = board.holder()?.name;
  const held = underWay.findLast(
    (one) => one.registration === holder?.registration && one.handler === holder.handler,
  );
  if (held) return [held];
  const { last } = records.reduce<{ readonly at: number; readonly last?: Suspect }>(
    (latest, { key, services: { execution } }) => {
      const at = execution.counters.last_request_at_ms;
      const answered = at >= latest.at ? execution.suspects.lastAnswered() : undefined;
      return answered ? { at, last: suspect(key, answered) } : latest;
    },
    { at: Date.now() - recentMs },
  );
  return last ? [...underWay, last] : underWay;
}

/** Tells it when the thread ends by itself; nothing can be told by one that is cut off or out of memory. */
export function leaveLastWords(
  tell: (message: FromWorker) => void,
  records: () => readonly RegistrationRecord[],
  board: BoardReader,
): void {
  let how: LastWords["how"] = "exit";
  process.on("uncaughtExceptionMonitor", (_error, origin) => {
    how = origin;
  });
  process.on("exit", (code) => tell({ type: "dying", how, code, suspects: suspectsOf(records(), board) }));
}

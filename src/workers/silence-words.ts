/** How the silence of a worker thread is told: while it lasts, and when it is over. */
import type { HandlerName, Holder } from "../execution/handler-board.js";
import { inSeconds, inWords, listed } from "../execution/loop-block.js";
import type { Silence } from "./watchdog.js";

const begun = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);

function whatRuns(holder: Holder | undefined, underWay: readonly HandlerName[]): string {
  if (holder) return `${inWords(holder.name)} has run for ${inSeconds(holder.forMs)} without giving way`;
  if (underWay.length === 0) return "no handler is under way: other code of its thread runs";
  return `perhaps a handler goes on after an await (under way: ${listed(underWay)}), or other code of its thread runs`;
}

export const silenceInWords = (
  worker: number,
  { forMs }: Silence,
  holder: Holder | undefined,
  underWay: readonly HandlerName[],
): string =>
  `Worker ${worker} has not answered for ${inSeconds(forMs)}. ${begun(whatRuns(holder, underWay))}.`;

/** A handler that ran for most of the silence made it; one that began late in it was not the only one. */
export function pastSilenceInWords(worker: number, { forMs, holder }: Silence): string {
  const length = `worker ${worker} was blocked for ${inSeconds(forMs)}`;
  if (!holder) return `${length}, by no handler's synchronous part`;
  const isWhole = holder.forMs >= forMs / 2;
  return isWhole ? `${length} by ${inWords(holder.name)}` : `${length}, at last by ${inWords(holder.name)}`;
}

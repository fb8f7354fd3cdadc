/** Tries that went as the one before them, folded into a row with their number; opened, all are there. */
import type { Messages, Said } from "./messages.js";

/** Of one that is folded. */
export interface Fold {
  /** The same for as long as its messages are. */
  readonly id: string;
  readonly times: number;
  /** When the last message of them came. */
  readonly until: number;
  readonly isOpen: boolean;
}

export interface Row extends Said {
  /** In place of the messages behind it, or above them when they are shown. */
  readonly fold?: Fold;
}

export interface Rows extends Messages {
  at(place: number): Row | undefined;
  /** Messages, also those in folds. */
  readonly total: number;
}

/** More take too long to compare: a recording is read line by line. */
const mostCompared = 20_000;

/** A try begins with the end of a wait, or with somebody who does not wait for it. */
const beginsTry = ({ event }: Said): boolean =>
  event.startsWith("xstate.after.backoffDelay") || event === "retry.now";

const formOf = ({ from, to, event, kind, failure }: Said): string =>
  [from, to, event, kind, failure ?? ""].join(" ");

interface Try {
  readonly from: number;
  to: number;
  form: string;
}

function triesIn(messages: Messages): readonly Try[] {
  const tries: Try[] = [];
  for (let place = 0; place < messages.length; place += 1) {
    const said = messages.at(place);
    if (!said) continue;
    const last = tries.at(-1);
    if (last === undefined || beginsTry(said)) tries.push({ from: place, to: place + 1, form: formOf(said) });
    else {
      last.to = place + 1;
      last.form += `\n${formOf(said)}`;
    }
  }
  return tries;
}

/** Of tries that went alike one after the other, all but the first. One that still goes on is not like them yet. */
function repeatsIn(
  tries: readonly Try[],
): readonly { readonly from: number; readonly to: number; readonly times: number }[] {
  const repeats: { from: number; to: number; times: number }[] = [];
  for (const [at, { from, to, form }] of tries.entries()) {
    const last = repeats.at(-1);
    if (tries[at - 1]?.form !== form) continue;
    if (last?.to === from) Object.assign(last, { to, times: last.times + 1 });
    else repeats.push({ from, to, times: 1 });
  }
  return repeats;
}

/** Rows lie by their places among the messages; a fold's own row is told by a negative one. */
export function folded(messages: Messages, isOpen: (id: string) => boolean): Rows {
  const repeats = messages.length > mostCompared ? [] : repeatsIn(triesIn(messages));
  const places: number[] = [];
  const folds = new Map<number, Fold>();
  let next = 0;
  for (const { from, to, times } of repeats) {
    const first = messages.at(from);
    const id = `${first?.at} ${first?.address}`;
    while (next < from) places.push(next++);
    folds.set(places.push(from) - 1, { id, times, until: messages.at(to - 1)?.at ?? 0, isOpen: isOpen(id) });
    if (!isOpen(id)) next = to;
  }
  if (repeats.length === 0) return whole(messages);
  while (next < messages.length) places.push(next++);
  return {
    length: places.length,
    total: messages.length,
    at(row) {
      const said = messages.at(places[row] ?? -1);
      const fold = folds.get(row);
      return said && fold ? { ...said, fold } : said;
    },
    placeOf(step) {
      const place = messages.placeOf(step);
      return place < 0 ? -1 : places.findLastIndex((one) => one <= place);
    },
  };
}

export const whole = (messages: Messages): Rows => ({
  length: messages.length,
  total: messages.length,
  at: (place) => messages.at(place),
  placeOf: (step) => messages.placeOf(step),
});

/** How a registration got where it is, for people: what repeats is told once with how often, and the newest come last. */
import { controlled, type JournalEntry } from "./journal.js";
import { stateOf } from "./status.js";
import { ago, clock } from "./times.js";

/** Lines that are told unless all are wanted. */
const newest = 6;

/** The longest sequence of entries that is recognised when it comes again, such as "connecting, refused, waiting". */
const longestCycle = 6;

/** On the way to the next try the failure of the last one is known already. */
const isNextTry = ({ from = "", state }: JournalEntry): boolean =>
  ["backoff", "connecting"].includes(stateOf(from)) &&
  ["connecting", "awaitingRegister"].includes(stateOf(state));

function words(entry: JournalEntry): string {
  const move = entry.from ? `${entry.from} → ${entry.state}` : entry.state;
  const failure = isNextTry(entry) ? [] : [entry.cause, entry.code, entry.detail];
  const facts = [entry.event, ...failure].filter((fact) => fact !== undefined);
  if (entry.event === controlled) return `${controlled} in ${entry.state}: ${entry.detail ?? ""}`;
  const what = entry.kind === "transition" ? move : `${entry.kind} in ${entry.state}`;
  return facts.length > 0 ? `${what}  ${facts.join(", ")}` : what;
}

/** How often the `length` texts from `begin` on come one after the other. */
function timesOf(texts: readonly string[], begin: number, length: number): number {
  let end = begin + length;
  while (end < texts.length && texts[end] === texts[end - length]) end += 1;
  return Math.floor((end - begin) / length);
}

/** The sequence at `begin` that covers most when what repeats is told once. */
function cycleAt(
  texts: readonly string[],
  begin: number,
): { readonly length: number; readonly times: number } {
  let best = { length: 1, times: timesOf(texts, begin, 1) };
  for (let length = 2; length <= longestCycle; length += 1) {
    const times = timesOf(texts, begin, length);
    if (times > 1 && times * length > best.times * best.length) best = { length, times };
  }
  return best;
}

interface Told {
  readonly lines: readonly string[];
  /** How many entries they stand for. */
  readonly entries: number;
}

const lineOf = (entry: JournalEntry): string => `  ${clock(entry.at)}  ${words(entry)}`;

function toldCycle(entries: readonly JournalEntry[], length: number, times: number): Told {
  const [first, last] = [entries[0], entries.at(-1)];
  const span = first && last ? ago(last.at - first.at) : "";
  const which = length === 1 ? "this" : `these ${length} lines`;
  const lines = entries.slice(0, length).map(lineOf);
  return {
    lines: times > 1 ? [...lines, `  ${which}: ${times} × in ${span}`] : lines,
    entries: entries.length,
  };
}

function folded(journal: readonly JournalEntry[]): readonly Told[] {
  const texts = journal.map(words);
  const told: Told[] = [];
  for (let begin = 0; begin < journal.length; ) {
    const { length, times } = cycleAt(texts, begin);
    const end = begin + length * times;
    told.push(toldCycle(journal.slice(begin, end), length, times));
    begin = end;
  }
  return told;
}

/** The journal in lines: the newest ones, or `all`. */
export function historyLines(journal: readonly JournalEntry[], all: boolean): readonly string[] {
  const told = folded(journal);
  let from = all ? 0 : told.length;
  let room = newest;
  while (from > 0) {
    const { lines } = told[from - 1] as Told; // `from` is above 0
    if (room < lines.length && from < told.length) break;
    room -= lines.length;
    from -= 1;
  }
  const older = told.slice(0, from).reduce((sum, { entries }) => sum + entries, 0);
  const more = older > 0 ? [`  … ${older} older: --all shows them`] : [];
  return [...more, ...told.slice(from).flatMap(({ lines }) => lines)];
}

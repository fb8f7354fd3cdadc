/** A whole screen of `top`: what the runtime is, the table, the chosen registration, and the keys. Pure. */
import { clip, wrap } from "../cli/fit.js";
import { foreign } from "../cli/foreign-text.js";
import { timeOfDay } from "../cli/lines.js";
import type { RuntimeStatus } from "../runtime/status.js";
import { listed, rowsOf, type TopRow } from "./rows.js";
import { topTable } from "./table.js";
import type { Listing, View } from "./view.js";

export interface Size {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

export interface Frame {
  readonly lines: readonly string[];
  readonly listing: Listing;
}

/** What was asked last, and how that went. */
export interface Seen {
  readonly status: RuntimeStatus;
  /** When it was answered, in ms since 1970. */
  readonly at: number;
  /** In words, when it was asked later without an answer. */
  readonly trouble?: string;
}

const keys = "q quit  s sort  r reverse  / search  ↑↓ choose  ? help";

const help: readonly string[] = [
  "s         sort by: trouble, age, errors, round trip, in flight, name",
  "r         the other way round",
  "/         search in keys, states, causes and troubles; Enter ends, Esc clears",
  "↑ ↓ j k   choose a registration; PgUp PgDn Home End go further",
  "Esc       choose none, search for nothing",
  "q         quit",
  "",
  "FOR is the time in its state, RTT what the gateway took for the last heartbeat,",
  "BUSY running requests + waiting ones, ERRORS requests answered with an error.",
  "",
  "Any key leads back.",
];

function headline({ status, at, trouble }: Seen): string {
  const { gateway, phase, registrations, channels } = status;
  const ready = registrations.filter((one) => one.ready).length;
  const facts = `${gateway}  ${phase}  ${ready} of ${registrations.length} ready  connections: ${channels.length}`;
  return foreign(
    trouble === undefined ? `${timeOfDay(at)}  ${facts}` : `${timeOfDay(at)}  ${trouble}  ${facts}`,
  );
}

/** `flapping 2, queue full 1` */
function troubleLine(rows: readonly TopRow[]): string {
  const counts = new Map<string, number>();
  for (const { troubles } of rows)
    for (const trouble of troubles) counts.set(trouble, (counts.get(trouble) ?? 0) + 1);
  const all = [...counts].map(([name, count]) => `${name} ${count}`);
  return all.length === 0 ? "no troubles" : all.join(", ");
}

/** Of the chosen one: what its state means, the detail, what comes next. */
function detailLines(row: TopRow | undefined, columns: number): readonly string[] {
  if (!row) return [];
  const { key, meaning, detail, nextAction } = row.status;
  const when = nextAction.at === null ? "" : ` at ${timeOfDay(nextAction.at)}`;
  const text = `${key}: ${meaning}. ${detail === null ? "" : `${detail} `}Next: ${nextAction.what}${when}.`;
  return wrap(foreign(text), columns, "  ").slice(0, 3);
}

function footLine({ mode, words }: View, shown: string): string {
  if (mode === "searching") return `/${words}█  Enter ends, Esc clears`;
  return `${shown}${words === "" ? "" : `  /${foreign(words)}`}  ${keys}`;
}

/** The part of the list that the chosen one is in. */
function pageOf(rows: readonly TopRow[], chosen: string | null, room: number): readonly TopRow[] {
  const at = rows.findIndex(({ status }) => status.key === chosen);
  const begin = at < room ? 0 : at - room + 1;
  return rows.slice(begin, begin + room);
}

export function frameOf(seen: Seen, view: View, size: Size): Frame {
  const { columns, rows: height, colour } = size;
  const all = rowsOf(seen.status.registrations, seen.at);
  const fitting = listed(all, view);
  const chosen = fitting.find(({ status }) => status.key === view.chosen);
  const detail = height < 10 ? [] : detailLines(chosen, columns);
  const foot = detail.length === 0 ? [] : ["", ...detail];
  const room = Math.max(1, height - 4 - foot.length);
  const page = pageOf(fitting, view.chosen, room);
  const { order, isReversed } = view;
  const table = topTable(page, view.chosen, { width: columns, colour, now: seen.at, order, isReversed });
  const body = view.mode === "help" ? help.slice(0, room + 1) : [table.head, ...table.lines];
  const blank = Array.from({ length: Math.max(0, height - 3 - foot.length - body.length) }, () => "");
  const shown = fitting.length === page.length ? `${page.length}` : `${page.length} of ${fitting.length}`;
  const plain = (line: string): string => clip(line, columns);
  const lines = [
    plain(headline(seen)),
    plain(troubleLine(all)),
    ...(view.mode === "help" ? body.map(plain) : body),
    ...blank,
    ...foot.map(plain),
    plain(footLine(view, shown)),
  ];
  return {
    lines: lines.slice(0, height),
    listing: { keys: fitting.map(({ status }) => status.key), page: room },
  };
}

/** Without a terminal, or once: the same table, as plain lines of any width. */
export function plainLines(seen: Seen, view: View, size: Omit<Size, "rows">): readonly string[] {
  const all = rowsOf(seen.status.registrations, seen.at);
  const { order, isReversed } = view;
  const shape = { width: size.columns, colour: size.colour, now: seen.at, order, isReversed };
  const { head, lines } = topTable(listed(all, view), null, shape);
  return [headline(seen), troubleLine(all), head, ...lines];
}

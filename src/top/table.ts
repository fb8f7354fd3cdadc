/** The table of `top`, in whatever width there is. */
import { cutCell, gap, makeRoom, type Savings } from "../cli/columns.js";
import { clip, displayWidth, pad } from "../cli/fit.js";
import { foreign } from "../cli/foreign-text.js";
import { why } from "../cli/lines.js";
import { ago } from "../runtime/times.js";
import type { Tone } from "../troubles/tone.js";
import type { Order, TopRow } from "./rows.js";

const dash = "–";

const columns = {
  REGISTRATION: ({ status }: TopRow) => status.key,
  STATE: ({ state }: TopRow) => state,
  FOR: ({ status }: TopRow, now: number) => ago(now - status.since),
  CAUSE: ({ status }: TopRow) => why(status),
  RTT: ({ status: { roundTripMs } }: TopRow) =>
    roundTripMs === null ? dash : `${roundTripMs < 10 ? roundTripMs.toFixed(1) : Math.round(roundTripMs)} ms`,
  BUSY: ({ status: { work } }: TopRow) =>
    work.queued > 0 ? `${work.running}+${work.queued}` : String(work.running),
  ERRORS: ({ status: { counters } }: TopRow) => String(counters.requests_failed),
  TROUBLES: ({ troubles }: TopRow) => troubles.join(", "),
} as const;

type Column = keyof typeof columns;

const titles = Object.keys(columns) as readonly Column[];

const numbers: ReadonlySet<Column> = new Set(["FOR", "RTT", "BUSY", "ERRORS"]);

const columnOf: Readonly<Record<Order, Column>> = {
  trouble: "TROUBLES",
  age: "FOR",
  errors: "ERRORS",
  "round trip": "RTT",
  "in flight": "BUSY",
  name: "REGISTRATION",
};

const savings: Savings<Column> = [
  ["TROUBLES", 30],
  ["CAUSE", 26],
  ["REGISTRATION", 34],
  ["TROUBLES", 20],
  ["CAUSE", 15],
  ["RTT", 0],
  ["REGISTRATION", 24],
  ["STATE", 19],
  ["TROUBLES", 12],
  ["ERRORS", 0],
  ["REGISTRATION", 18],
  ["CAUSE", 0],
  ["BUSY", 0],
  ["STATE", 12],
  ["FOR", 0],
  ["TROUBLES", 8],
  ["REGISTRATION", 10],
  ["TROUBLES", 0],
  ["STATE", 4],
  ["REGISTRATION", 4],
  ["STATE", 0],
  ["REGISTRATION", 1],
];

const shades: Readonly<Record<Tone, string>> = {
  good: "\x1b[32m",
  wait: "\x1b[33m",
  warm: "",
  bad: "\x1b[31m",
  drain: "\x1b[36m",
  off: "\x1b[90m",
};

export interface Shape {
  readonly width: number;
  readonly colour: boolean;
  readonly now: number;
  readonly order: Order;
  readonly isReversed: boolean;
}

export interface Table {
  readonly head: string;
  /** A line for each row that was given. */
  readonly lines: readonly string[];
}

const padded = (column: Column, cell: string, room: number): string =>
  numbers.has(column) ? " ".repeat(Math.max(0, room - displayWidth(cell))) + cell : pad(cell, room);

function widthsOf(cells: readonly (readonly string[])[], titled: readonly string[]): Map<Column, number> {
  return new Map(
    titles.map((title, i) => [
      title,
      cells.reduce((most, row) => Math.max(most, displayWidth(row[i] ?? "")), displayWidth(titled[i] ?? "")),
    ]),
  );
}

/** `rows` are those that are shown; `chosen` is the key of the one that stands out. */
export function topTable(rows: readonly TopRow[], chosen: string | null, shape: Shape): Table {
  const { width, colour, now, order, isReversed } = shape;
  const cells = rows.map((row) => titles.map((title) => foreign(columns[title](row, now))));
  const titled = titles.map((title) =>
    title === columnOf[order] ? `${title}${isReversed ? "▲" : "▼"}` : title,
  );
  const widths = widthsOf(cells, titled);
  makeRoom(widths, savings, width);
  const lineOf = (line: readonly string[], shade: string): string => {
    const shown = titles.flatMap((title, i) => {
      const room = widths.get(title);
      if (room === undefined) return [];
      const cell = padded(title, cutCell(title, line[i] ?? "", room), room);
      return [title === "STATE" && shade !== "" ? `${shade}${cell}\x1b[39m` : cell];
    });
    return shown.join(gap).trimEnd();
  };
  const lines = rows.map((row, i) => {
    const isChosen = row.status.key === chosen;
    const line = lineOf(cells[i] ?? [], colour && !isChosen ? shades[row.tone] : "");
    // Turned round, not coloured.
    return isChosen ? `\x1b[7m${pad(line, width)}\x1b[27m` : line;
  });
  const head = clip(lineOf(titled, ""), width);
  return { head: colour ? `\x1b[1m${head}\x1b[22m` : head, lines };
}

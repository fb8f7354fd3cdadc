/** The table of `status`: one line per registration, in whatever width there is. */
import type { RegistrationStatus, RuntimeStatus } from "../index.js";
import { cutCell, gap, makeRoom, type Savings } from "./columns.js";
import { clip, displayWidth, pad } from "./fit.js";
import { foreign } from "./foreign-text.js";
import { statePath, timeOfDay, why } from "./lines.js";

const green = "\x1b[32m";
const yellow = "\x1b[33m";
const red = "\x1b[31m";
const grey = "\x1b[90m";

type Registration = RegistrationStatus;

const next = ({ nextAction: { what, at } }: Registration): string =>
  at === null ? what : `${what} at ${timeOfDay(at)}`;

const columns = {
  REGISTRATION: (one: Registration) => one.key,
  STATE: statePath,
  SINCE: (one: Registration) => timeOfDay(one.since),
  ANSWERED: ({ counters }: Registration) => String(counters.requests_processed + counters.requests_failed),
  FAILED: ({ counters }: Registration) => String(counters.requests_failed),
  CAUSE: why,
  NEXT: next,
} as const;

type Column = keyof typeof columns;

const titles = Object.keys(columns) as readonly Column[];

const savings: Savings<Column> = [
  ["NEXT", 16],
  ["CAUSE", 26],
  ["NEXT", 0],
  ["SINCE", 0],
  ["CAUSE", 17],
  ["REGISTRATION", 30],
  ["STATE", 17],
  ["REGISTRATION", 22],
  ["FAILED", 0],
  ["CAUSE", 11],
  ["REGISTRATION", 12],
];

function colourOf({ ready, tags, state }: Registration): string {
  if (ready) return green;
  if (tags.includes("waitsForPerson")) return yellow;
  if (tags.includes("backingOff")) return red;
  return state === "stopped" ? grey : "";
}

interface Shape {
  /** Columns of the terminal; none: as wide as it takes. */
  readonly width?: number;
  readonly colour?: boolean;
}

/** A line of titles, and one per registration: key, state, since, requests answered and how many of them with a failure, cause, next action. */
export function statusTable(
  { registrations }: Pick<RuntimeStatus, "registrations">,
  { width = Number.POSITIVE_INFINITY, colour = false }: Shape = {},
): readonly string[] {
  const rows = registrations.map((one) => titles.map((title) => foreign(columns[title](one))));
  const widths = new Map<Column, number>(
    titles.map((title, i) => [
      title,
      rows.reduce((most, row) => Math.max(most, displayWidth(row[i] ?? "")), title.length),
    ]),
  );
  makeRoom(widths, savings, width);
  const lineOf = (cells: readonly string[], shade: string): string => {
    const shown = titles.flatMap((title, i) => {
      const room = widths.get(title);
      if (room === undefined) return [];
      const cell = pad(cutCell(title, cells[i] ?? "", room), room);
      return [title === "STATE" && shade ? `${shade}${cell}\x1b[0m` : cell];
    });
    const line = shown.join(gap).trimEnd();
    return shade ? line : clip(line, width);
  };
  return [
    lineOf(titles, ""),
    ...rows.map((row, i) => {
      const one = registrations[i];
      return lineOf(row, colour && one ? colourOf(one) : "");
    }),
  ];
}

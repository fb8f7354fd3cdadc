/** Plain lines for people: one per state change, and the table of `status`. No colour unless on a terminal. */
import type { RegistrationStatus, RuntimeStatus } from "../index.js";

const colours: Readonly<Record<string, string>> = {
  serving: "\x1b[32m",
  pendingApproval: "\x1b[33m",
  backoff: "\x1b[31m",
  stopped: "\x1b[90m",
};

export const write = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export const timeOfDay = (ms: number): string => new Date(ms).toTimeString().slice(0, 8);

/** `streaming.serving`, `backoff.transient`, … */
export const place = (one: Pick<RegistrationStatus, "state" | "child">): string =>
  one.child ? `${one.state}.${one.child}` : one.state;

const why = (one: RegistrationStatus): string =>
  one.cause ? `${one.cause}${one.code ? ` (${one.code})` : ""}` : "";

const next = (one: RegistrationStatus): string =>
  one.nextAction.at === null
    ? one.nextAction.what
    : `${one.nextAction.what} at ${timeOfDay(one.nextAction.at)}`;

/** One line per registration: key, state, since, requests answered and how many of them with a failure, cause, next action. */
export function statusTable(
  status: RuntimeStatus,
  terminal = process.stdout.isTTY === true,
): readonly string[] {
  const rows = status.registrations.map((one) => [
    one.key,
    place(one),
    timeOfDay(one.since),
    String(one.counters.requests_processed + one.counters.requests_failed),
    String(one.counters.requests_failed),
    why(one),
    next(one),
  ]);
  const table = [["REGISTRATION", "STATE", "SINCE", "ANSWERED", "FAILED", "CAUSE", "NEXT"], ...rows];
  const widths = table.reduce<number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)),
    [],
  );
  return table.map((row, line) => {
    const cells = row.map((cell, i) => cell.padEnd(widths[i] ?? 0));
    const one = status.registrations[line - 1];
    const colour = terminal && one ? (colours[one.child ?? ""] ?? colours[one.state] ?? "") : "";
    if (colour) cells[1] = `${colour}${cells[1]}\x1b[0m`;
    return cells.join("  ").trimEnd();
  });
}

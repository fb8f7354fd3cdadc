/** `explain`: why a registration is where it is, since when, what happens next, and what a person can do. */
import { adviceFor } from "./advice.js";
import type { JournalEntry } from "./journal.js";
import { place, type RegistrationStatus } from "./status.js";

function ago(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

const clock = (ms: number): string => new Date(ms).toISOString();

function entryLine(entry: JournalEntry): string {
  const move = entry.from ? `${entry.from} → ${entry.state}` : entry.state;
  const facts = [entry.event, entry.cause, entry.code, entry.detail].filter((fact) => fact !== undefined);
  const what = entry.kind === "transition" ? move : `${entry.kind} in ${entry.state}`;
  return `  ${clock(entry.at)}  ${what}${facts.length > 0 ? `  ${facts.join(", ")}` : ""}`;
}

function standing(status: RegistrationStatus): string {
  if (status.ready) return "registered, approved and taking requests";
  if (status.child === "pendingApproval") return "registered, waiting for an administrator's approval";
  return "not taking requests";
}

/** Several lines for people; `now` is the wall clock in ms. */
export function explainRegistration(
  status: RegistrationStatus,
  journal: readonly JournalEntry[],
  now: number,
): string {
  const lines = [
    `${status.key}: ${place(status.state, status.child)} for ${ago(now - status.since)} (since ${clock(status.since)}): ${standing(status)}.`,
  ];
  if (status.cause) {
    const advice = adviceFor[status.cause];
    lines.push(`  Cause: ${status.cause}${status.code ? ` (${status.code})` : ""}: ${advice.meaning}.`);
    if (status.detail) lines.push(`  Detail: ${status.detail}`);
    if (advice.remedy) lines.push(`  What to do: ${advice.remedy}`);
  } else if (status.child === "pendingApproval") {
    lines.push(
      "  What to do: ask an administrator of the tenant to approve it; nothing else is needed here.",
    );
  }
  const { what, at } = status.nextAction;
  lines.push(
    `  Next: ${what}${at === null ? "" : ` at ${clock(at)} (in ${ago(at - now)})`}${status.attempt > 0 ? `, try ${status.attempt}` : ""}.`,
  );
  lines.push(
    `  Credentials: ${status.credentialSource ?? "not chosen yet"}${status.hasSessionToken ? ", with a session token" : ""}.`,
  );
  if (journal.length > 0) lines.push("  How it got here:", ...journal.slice(-12).map(entryLine));
  return lines.join("\n");
}

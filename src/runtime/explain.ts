/** `explain`: why a registration is where it is, since when, what happens next, and what a person can do. */
import { inUseInWords } from "../transport-choice/in-use.js";
import { adviceOn, blockAdvice, isPerhapsOfABlock, remedyIn, successorAdvice } from "./advice.js";
import { historyLines } from "./history.js";
import { type JournalEntry, loopBlocked } from "./journal.js";
import { meaningAtRest } from "./meanings.js";
import { rivalOf } from "./rivals.js";
import { type RegistrationStatus, statePath } from "./status.js";
import { ago, clock } from "./times.js";

const isPast = ({ state, stopReason, cause }: RegistrationStatus): boolean =>
  state === "paused" ||
  (state === "parked" && cause !== "worker-refused" && cause !== "worker-died") ||
  (state === "stopped" && stopReason !== "failed");

/** A failure that did not lead to this state tells what was before it, and needs nobody's help any more. */
function causeLines(status: RegistrationStatus, gateway: string | undefined): readonly string[] {
  const { cause, code, detail, credentialSource } = status;
  if (!cause) return [];
  const { meaning, remedy } = adviceOn({ cause, code, credentialSource, detail });
  const where = cause === "unreachable" && gateway !== undefined ? `, ${gateway}` : "";
  const what = `${cause}${code ? ` (${code})` : ""}: ${meaning}${where}.`;
  const details = detail ? [`  Detail: ${detail}`] : [];
  if (isPast(status)) return [`  Trouble before that: ${what}`, ...details];
  return [`  Cause: ${what}`, ...details, ...(remedy ? [`  What to do: ${remedy}`] : [])];
}

/** Somebody else may take its streams; while draining, one that the gateway closed is enough: a successor is likely then. */
function rivalLines(
  status: RegistrationStatus,
  journal: readonly JournalEntry[],
  now: number,
  others?: () => readonly RegistrationStatus[],
): readonly string[] {
  if (isPast(status)) return [];
  const { advice, cause } = status;
  if (advice === "successor") {
    if (cause !== "server-closed") return [];
    const { meaning, remedy } = successorAdvice(status.key);
    return [`  ${meaning}.`, `  What to do: ${remedy}`];
  }
  const rival = rivalOf(status, journal, now, others);
  return rival ? [`  ${rival.meaning}.`, `  What to do: ${rival.remedy}`] : [];
}

/** A block and what it leads to lie at most so far apart, in ms: a gateway, and we, wait less for a heartbeat. */
const blockReachMs = 60_000;

/** What ends a stream or an opening is often that nobody here had time for it. */
function blockLines(status: RegistrationStatus, journal: readonly JournalEntry[]): readonly string[] {
  const { cause, since } = status;
  if (isPast(status) || !cause || !isPerhapsOfABlock(cause)) return [];
  const block = journal.findLast(
    ({ event, at }) => event === loopBlocked && Math.abs(at - since) < blockReachMs,
  );
  if (!block) return [];
  const { meaning, remedy } = blockAdvice(block.detail ?? "");
  return [`  ${meaning}.`, `  What to do: ${remedy}`];
}

/** Whether there is something to do for a person: whether the text has it as `What to do`. */
export function needsAttention(
  status: RegistrationStatus,
  journal: readonly JournalEntry[],
  now = Date.now(),
): boolean {
  if (blockLines(status, journal).length > 0 || rivalLines(status, journal, now).length > 0) return true;
  const { cause, code, detail, credentialSource, advice } = status;
  if (!cause) return remedyIn(advice) !== undefined;
  return !isPast(status) && adviceOn({ cause, code, credentialSource, detail }).remedy !== "";
}

/** Whom it tries to reach, as long as that has not led to a registration; the cause may have said it. */
function gatewayLines({ state, cause }: RegistrationStatus, gateway: string | undefined): readonly string[] {
  const isOut = state === "connecting" || state === "awaitingRegister" || state === "backoff";
  return isOut && gateway !== undefined && cause !== "unreachable" ? [`  Gateway: ${gateway}`] : [];
}

function nextLine(
  { nextAction: { what, at }, state, attempt, ready }: RegistrationStatus,
  now: number,
): string {
  if (state === "stopped") return "  Next: nothing, it is not tried again.";
  const when = at === null ? "" : ` at ${clock(at)} (in ${ago(at - now)})`;
  const isSetAside = state === "paused" || state === "parked";
  const tries = attempt === 1 ? "1 failed try" : `${attempt} failed tries`;
  return `  Next: ${what}${when}${attempt > 0 && !isSetAside && !ready ? `, after ${tries}` : ""}.`;
}

/** Where it was not set, but found. */
const transportLines = ({ transport, state }: RegistrationStatus): readonly string[] =>
  transport.why === null || state === "stopped" ? [] : [`  Transport: ${inUseInWords(transport)}.`];

/** Credentials that are in memory alone. */
export function unsavedInWords({ unsavedCode, unsavedPath }: RegistrationStatus["signs"]): string {
  const where = unsavedPath === null ? "" : `: ${unsavedPath}`;
  return `not saved (${unsavedCode}${where}): they are lost when this process ends`;
}

function credentialsLine(status: RegistrationStatus): string {
  const { credentialSource, hasSessionToken, state, signs, otherGateway } = status;
  const none = state === "stopped" ? "none were chosen" : "not chosen yet";
  const token = hasSessionToken ? ", with a session token" : "";
  const unsaved = signs.unsavedCode === null ? "" : `; ${unsavedInWords(signs)}`;
  const other =
    otherGateway === null
      ? ""
      : `; what is saved was issued by another gateway, ${otherGateway}, and is not used for this one`;
  return `  Credentials: ${credentialSource ?? none}${token}${unsaved}${other}.`;
}

/** Options of `explain`. */
export interface ExplainOptions {
  /**
   * The whole history, instead of its newest lines.
   * @default false
   */
  readonly all?: boolean;
  /**
   * Where lines of explanations are broken between words to fit, such as `process.stdout.columns`; a command
   * stays whole.
   * @default not broken
   */
  readonly columns?: number;
}

/** What is known beside the registration. */
export interface Surroundings {
  /** The wall clock, in ms since 1970. */
  readonly now: number;
  /** The address that is dialled. */
  readonly gateway?: string;
  /** Some more registrations of the same runtime. */
  readonly others?: () => readonly RegistrationStatus[];
}

/** How much of the journal is told. */
export type Extent = "none" | "newest" | "all";

/** Why it is where it is, and what a person can do about it; none: nothing is wrong. */
export function reasonLines(
  status: RegistrationStatus,
  journal: readonly JournalEntry[],
  { now, gateway, others }: Surroundings,
): readonly string[] {
  const lines = [
    ...causeLines(status, gateway),
    ...blockLines(status, journal),
    ...rivalLines(status, journal, now, others),
    ...gatewayLines(status, gateway),
  ];
  const remedy = status.cause ? undefined : remedyIn(status.advice);
  if (remedy === undefined) return lines;
  const said = status.detail ? [`  The gateway says: ${status.detail}`] : [];
  return [...lines, ...said, `  What to do: ${remedy}`];
}

/** Several lines for people. */
export function explainRegistration(
  status: RegistrationStatus,
  journal: readonly JournalEntry[],
  surroundings: Surroundings,
  extent: Extent = "newest",
): string {
  const { key, state, child, since } = status;
  const { now } = surroundings;
  const lines = [
    `${key}: ${statePath(state, child)} for ${ago(now - since)} (since ${clock(since)}): ${meaningAtRest(status) ?? status.meaning}.`,
    ...reasonLines(status, journal, surroundings),
    nextLine(status, now),
    ...transportLines(status),
    credentialsLine(status),
  ];
  if (journal.length > 0 && extent !== "none")
    lines.push("  How it got here:", ...historyLines(journal, extent === "all"));
  return lines.join("\n");
}

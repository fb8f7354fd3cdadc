/**
 * What may leave the process for a viewer: an allow-list of fields, with numbers, booleans and short words.
 * Everything else is `[redacted]`: a field that nobody has thought about cannot leak.
 */

export const redacted = "[redacted]";

/** Fields of events and contexts whose values are Mooring's own words or figures. A test holds them to the machines. */
export const shownFields: ReadonlySet<string> = new Set([
  "type",
  "key",
  "streamAttempt",
  "status",
  "hasSessionToken",
  "shouldReconnect",
  "addressee",
  "offerId",
  "handle",
  "failure",
  "kind",
  "cause",
  "code",
  "retryAfterMs",
  "reason",
  "deadlineMs",
  "unconfirmed",
  "attempt",
  "stableStream",
  "backoffMs",
  "accepted",
  "rejections",
  "registersAgain",
  "fresh",
  "stalled",
  "exchange",
  "enteredBy",
  "strays",
  "unexpected",
  "stale",
  "remainingMs",
  "sinceAnswerMs",
  "stopReason",
  "credentialSource",
  "source",
  "next",
  "again",
  "ahead",
  "renew",
  "renewInMs",
  "freshForMs",
  "isNewClient",
  "tries",
  "rounds",
  "delayMs",
  "intervalMs",
  "timeoutMs",
  "joinTimeoutMs",
  "leaveTimeoutMs",
  "beatIntervalMs",
  "beatTimeoutMs",
  "end",
  "suspectMs",
  "partition",
  "partitionSize",
  "partitionFailures",
  "registrations",
  "counts",
  "actorId",
  "ok",
  "policy",
  "reconnect",
  "connectTimeoutMs",
  "backoff",
  "baseMs",
  "maxMs",
  "jitterMs",
  "refusedDelayMs",
  "stableUptimeMs",
  "stableMs",
  "startTimeoutMs",
  "answerTimeoutMs",
  "heartbeat",
  "reconnectGraceMs",
  "approvalStallMs",
  "exchangeRetries",
  "spec",
  "mode",
  "onlyAtHand",
  "event",
  "input",
  "output",
  "value",
  "data",
]);

/** What an actor was given or came to: a record whose fields have their own say, and nothing else of it. */
const onlyRecords: ReadonlySet<string> = new Set(["failure", "policy", "input", "output", "value", "data"]);

/** Counts by standing are all figures. */
const wholesale: ReadonlySet<string> = new Set(["counts"]);

const word = /^[\w.:~#@/ -]{0,160}$/;

/** Names of ours: of types, of children, of senders. */
export const shownWord = (text: string): string => (word.test(text) ? text : redacted);

/** Of a sentence a person reads the beginning in a list. */
const longestDetail = 240;

/** The words of a status, which are safe to print, in one line. */
export function shownDetail(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > longestDetail ? `${line.slice(0, longestDetail - 1)}…` : line;
}

const deepest = 4;

function shown(value: unknown, depth: number, anyField: boolean): unknown {
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean")
    return value;
  if (typeof value === "string") return shownWord(value);
  if (typeof value !== "object" || Array.isArray(value) || depth >= deepest) return redacted;
  return recordOf(value, depth + 1, anyField);
}

const mayShow = (field: string, value: unknown): boolean =>
  shownFields.has(field) && !(onlyRecords.has(field) && typeof value === "string");

function recordOf(value: object, depth: number, anyField: boolean): Record<string, unknown> {
  const entries = Object.entries(value).map(([field, inner]) => [
    field,
    anyField || mayShow(field, inner) ? shown(inner, depth, wholesale.has(field)) : redacted,
  ]);
  return Object.fromEntries(entries);
}

/** A plain object with only what may be shown. */
export function redact(value: object): Record<string, unknown> {
  return recordOf(value, 0, false);
}

/** The death of a worker thread: how it ended and which requests may be why, in words and as fields of a log line. */
import { textOf } from "../errors.js";
import type { HandlerName } from "../execution/handler-board.js";
import type { LastWords, Suspect } from "./worker-messages.js";

export interface Death {
  /** In words, without the thread: `exit code 3`. */
  readonly how: string;
  readonly suspects: readonly Suspect[];
  readonly error: Error;
}

const causes = {
  exit: "",
  unhandledRejection: "an unhandled rejection: ",
  uncaughtException: "an exception that nobody caught: ",
} as const;

function howItEnded(code: number, cause: unknown, words: LastWords | undefined): string {
  const origin = words?.how ?? "exit";
  if (origin === "exit" && cause === undefined) return `exit code ${code}`;
  return `${causes[origin]}${textOf(cause)}`;
}

/** `holder`: whose handler held the thread, for one that could not say anything. */
export function deathOf(
  number: number,
  code: number,
  cause: unknown,
  words: LastWords | undefined,
  holder: HandlerName | undefined,
): Death {
  const how = howItEnded(code, cause, words);
  const suspects = words?.suspects ?? (holder ? [{ ...holder, requestId: undefined }] : []);
  const text =
    cause === undefined
      ? `The worker thread ${number} ended by itself or was cut off (code ${code}).`
      : `The worker thread ${number} died: ${textOf(cause)}`;
  return { how, suspects, error: new Error(text, { cause }) };
}

const mostNamed = 3;

const named = ({ handler, requestId }: Suspect): string =>
  `\`${handler}\`${requestId === undefined ? "" : ` (request ${requestId})`}`;

/** One sentence without its full stop. */
export function deathInWords(number: number, { how, suspects }: Death): string {
  const names = suspects.slice(0, mostNamed).map(named).join(", ");
  const more = suspects.length > mostNamed ? ` and ${suspects.length - mostNamed} more` : "";
  const [only] = suspects.length === 1 ? suspects : [];
  const during = only
    ? `, probably by ${names} of ${only.registration}`
    : `, perhaps by one of ${names}${more}`;
  return `worker ${number} ended: ${how}${suspects.length === 0 ? "" : during}`;
}

export function deathFields(number: number, { suspects, error }: Death): object {
  const [only] = suspects.length === 1 ? suspects : [];
  // The stack of the user's code, where there is one.
  const err = error.cause instanceof Error ? error.cause : error;
  return { worker: number, ...(only ?? { suspects: suspects.slice(0, 10) }), err };
}

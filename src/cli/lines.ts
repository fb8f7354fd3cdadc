/** Plain lines for people, and the words they are made of. */
import type { RegistrationStatus } from "../index.js";

export const write = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export const timeOfDay = (ms: number): string => new Date(ms).toTimeString().slice(0, 8);

/** `streaming.serving`, `backoff.transient`, … */
export const place = (one: Pick<RegistrationStatus, "state" | "child">): string =>
  one.child ? `${one.state}.${one.child}` : one.state;

/** `unreachable (ECONNREFUSED)`; nothing when nothing is wrong. */
export const why = (one: {
  readonly cause: RegistrationStatus["cause"] | string;
  readonly code: string | null;
}): string => (one.cause ? `${one.cause}${one.code ? ` (${one.code})` : ""}` : "");

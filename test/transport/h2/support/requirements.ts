/** The rows of the table: what a peer sends, and what a client must do (RFC 9113 and RFC 7541). */
import type { Code } from "./frames.js";

/** How far the conversation has come before the row. The call is stream 1. */
export type Stage =
  /** Nothing has come from the peer; the call is waiting to be allowed, or underway. */
  | "unsettled"
  /** SETTINGS have gone both ways; the request's header fields were sent. */
  | "open"
  /** The answer's header fields have come as well. */
  | "answered"
  /** We have ended our half; the answer has begun. */
  | "half-closed (local)"
  /** The peer has ended its half, we have not. */
  | "half-closed (remote)"
  /** Both have ended their halves. */
  | "closed"
  /** We have reset the stream. */
  | "reset by us"
  /** The peer has. */
  | "reset by the peer";

export interface Requirement {
  readonly section: string;
  readonly peer: string;
  readonly stage: Stage;
  readonly sends: Buffer;
  /** Frames that the client writes, in words and in order. */
  readonly writes: readonly string[];
  /** What the owner of the call hears. */
  readonly hears: readonly string[];
  /** The code with which the connection ends; undefined: it goes on. */
  readonly ends: Code | undefined;
}

type Effect = Pick<Requirement, "writes" | "hears" | "ends">;

const stillHears = (stage: Stage): boolean =>
  stage === "unsettled" || stage === "open" || stage === "answered" || stage === "half-closed (local)";

/** A connection error (section 5.4.1): GOAWAY with the code, and the end. */
export const dies =
  (code: Code, before: Partial<Omit<Effect, "ends">> = {}) =>
  (stage: Stage): Effect => ({
    writes: [...(before.writes ?? []), `GOAWAY 0 ${code}`],
    hears: [...(before.hears ?? []), ...(stillHears(stage) ? ["lost by connection"] : [])],
    ends: code,
  });

/** A stream error (section 5.4.2): RST_STREAM with the code; the connection goes on. */
export const resets =
  (code: Code, before: Partial<Omit<Effect, "ends">> = {}) =>
  (stage: Stage): Effect => ({
    writes: [...(before.writes ?? []), `RST_STREAM 1 ${code}`],
    hears: [...(before.hears ?? []), ...(stillHears(stage) ? [`lost by fault ${code}`] : [])],
    ends: undefined,
  });

/** The connection goes on, and the client writes and says what is listed. */
export const goesOn =
  (hears: readonly string[] = [], writes: readonly string[] = []) =>
  (): Effect => ({ writes, hears, ends: undefined });

export const ignores = goesOn();

/** A row. */
export const row = (
  section: string,
  peer: string,
  stage: Stage,
  sends: Buffer | readonly Buffer[],
  effect: (stage: Stage) => Effect,
): Requirement => ({
  section,
  peer,
  stage,
  sends: Buffer.isBuffer(sends) ? sends : Buffer.concat(sends),
  ...effect(stage),
});

/** A registration's change of state, in a line. */

interface Moved {
  /** In ms since 1970. */
  readonly at: number;
  readonly key: string;
  readonly from: string | null;
  readonly to: string;
  readonly event: string | null;
  /** With its code, where it has one. */
  readonly cause: string | null;
}

export const dayAndTime = (ms: number): string => new Date(ms).toISOString().replace("T", " ");

export function movementLine({ at, key, from, to, event, cause }: Moved): string {
  const way = from === null ? to : `${from} -> ${to}`;
  const by = event === null ? "" : `, by ${event}`;
  return `${dayAndTime(at).slice(11, 23)}  ${key}: ${way}${by}${cause === null ? "" : `: ${cause}`}`;
}

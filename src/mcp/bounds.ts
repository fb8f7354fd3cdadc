/** How much an answer holds. A model reads all of it, so what is left out is counted, and how to ask for it is said. */

/** Characters of a text in an answer. */
const longest = 2_000;

export function clipped(text: string, most = longest): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`;
}

export const clippedOrNull = (text: string | null | undefined): string | null =>
  text === null || text === undefined ? null : clipped(text);

/** A value as JSON; a long one is cut and not JSON any more. */
export const jsonOf = (value: unknown, most = 8_000): string =>
  clipped(JSON.stringify(value) ?? "null", most);

/** The most frequent first: `{ "backoff.transient": 3 }`. At most 20 names; the others are counted together. */
export function countsOf(names: Iterable<string>): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].sort(([a, many], [b, more]) => more - many || a.localeCompare(b));
  const shown = sorted.slice(0, 20);
  const others = sorted.slice(20).reduce((sum, [, count]) => sum + count, 0);
  return Object.fromEntries(others > 0 ? [...shown, ["(others)", others]] : shown);
}

/** `1 registration`, `2 registrations`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** `3 backoff.transient, 1 streaming.serving` */
export const listedCounts = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ") || "none";

export const isoOf = (ms: number): string => new Date(ms).toISOString();

export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : isoOf(ms));

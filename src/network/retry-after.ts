/** The header `Retry-After`: seconds, or an HTTP date. */

/** In ms from `now`, which is in ms since 1970; a date that is past means at once. Undefined for what is neither. */
export function retryAfterMs(text: string, now: number): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  if (!/^[A-Z][a-z]{2,8}, .* GMT$/.test(text)) return undefined;
  const ms = Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Texts that come from the gateway, as a page may show them. */

const longest = 48;

/** Plain letters, digits and a few signs pass, what else there is becomes `?`; the middle of a long one is left out. */
export function shownWord(text: string): string {
  const half = longest / 2 - 1;
  const short = text.length > longest ? `${text.slice(0, half)}…${text.slice(-half)}` : text;
  return short.replace(/[^\w.:~#@/…-]/g, "?");
}

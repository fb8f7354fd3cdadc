/** What others wrote, on its way to a terminal: a name or a gateway's text must not command it or turn it round. */

const sign = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** Letters, marks, digits, punctuation, symbols and spaces; anything else becomes a question mark. */
export const foreign = (text: string): string => text.replace(sign, "?");

/** The same, and no longer than that. */
export const printable = (text: string, most = 200): string =>
  foreign(text.slice(0, 4 * most)).slice(0, most);

const escapedUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** JSON text whose strings carry nothing that a terminal obeys: JSON itself escapes only the oldest of these signs. */
export const escapedJson = (json: string): string =>
  json.replace(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, (one) => one.split("").map(escapedUnit).join(""));

/** A word of a command that people copy into their shell: what it would obey is quoted. */
export const shellWord = (word: string): string =>
  /^[\p{L}\p{N}_.@%+=:,/-]+$/u.test(word) ? word : `'${foreign(word).replaceAll("'", "'\\''")}'`;

/** So many names are told at once. */
const mostNames = 20;

/** What there is, for somebody who gave another name. */
export function namesInWords(names: readonly string[]): string {
  const known = names.slice(0, mostNames).join(", ");
  return names.length > mostNames ? `${known} and ${names.length - mostNames} more` : known;
}

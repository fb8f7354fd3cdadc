/**
 * V8 keeps and reads a text in one byte for each character unless one of them needs two, as "…" does: then in two for all.
 * Such characters are written as escapes, which mean the same in strings, templates, regular expressions and names.
 */
const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Latin-1 would do for V8, but Node decodes ASCII faster. */
const others = /[^\0-\x7f]/g;

export function inOneByte(code) {
  // There an escape would be another text.
  const fault = /\\[^\0-\x7f]|\braw`[^`]*[^\0-\x7f`]/.exec(code);
  if (fault) throw new Error(`Write an escape yourself, it cannot be made here: ${fault[0]}`);
  return code.replace(others, escaped);
}

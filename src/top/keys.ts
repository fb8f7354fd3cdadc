/** What was pressed, from what a terminal in raw mode sends. */

const named: ReadonlyMap<string, string> = new Map([
  ["\x1b[A", "up"],
  ["\x1bOA", "up"],
  ["\x1b[B", "down"],
  ["\x1bOB", "down"],
  ["\x1b[5~", "page up"],
  ["\x1b[6~", "page down"],
  ["\x1b[H", "home"],
  ["\x1bOH", "home"],
  ["\x1b[1~", "home"],
  ["\x1b[F", "end"],
  ["\x1bOF", "end"],
  ["\x1b[4~", "end"],
  ["\x1b", "escape"],
  ["\r", "enter"],
  ["\n", "enter"],
  ["\x7f", "backspace"],
  ["\b", "backspace"],
  ["\x03", "ctrl-c"],
  ["\x1a", "ctrl-z"],
]);

/** A sequence of a key, or one character; `[A` and the like come in one piece. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control characters
const pieces = /\x1b(?:\[[\d;]*[A-Za-z~]|O[A-Za-z])?|[\s\S]/gu;

/** Names of keys, or characters as they are; sequences that nobody knows are left out. */
export function keysIn(text: string): readonly string[] {
  return (text.match(pieces) ?? []).flatMap((piece) => {
    const name = named.get(piece);
    if (name !== undefined) return [name];
    return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(piece) ? [piece] : [];
  });
}

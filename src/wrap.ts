/** How wide text is on a terminal, and lines broken between words. */

const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
const narrow = /^[ -~]*$/;

function widthOf(character: string): number {
  if (/\p{M}/u.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Columns that a text takes. */
export function displayWidth(text: string): number {
  if (narrow.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** What fits of a text. */
export function head(characters: readonly string[], width: number): string {
  let left = width;
  const taken: string[] = [];
  for (const character of characters) {
    left -= widthOf(character);
    if (left < 0) break;
    taken.push(character);
  }
  return taken.join("");
}

/** Where a line breaks: in a gap between its parts if that leaves little empty, else between words. */
function breakIn(fitting: string, line: string, begun: number): number {
  const part = fitting.lastIndexOf("  ");
  if (part > begun && part >= fitting.length / 3) return part;
  const word = fitting.lastIndexOf(" ");
  return word > begun ? word : line.indexOf(" ", begun + 1);
}

/** What people copy: a command with its arguments stays in one piece. A name of one word needs no help: words stay whole. */
const commands = [
  /(?:npx )?mooring [a-z]+(?: (?:--[a-z-]+(?:[ =](?!--)[^\s,;)]+)?|'[^']*'|[A-Z][A-Z._]+\b|[^\s,;]*[./:=][^\s,;]*[^\s,;.)]))*/g,
  /(?:npm|npx|chmod|ulimit|kill|export) \S+(?: [^\s,;]*[./=@-][^\s,;]*[^\s,;.)])?/g,
] as const;

const glue = "\u00a0";

const glued = (text: string): string =>
  commands.reduce((line, command) => line.replace(command, (one) => one.replaceAll(" ", glue)), text);

/** Lines of at most `width`, broken at spaces; `indent` begins each but the first. A longer word or command stays whole. */
export function wrap(text: string, width: number, indent: string): readonly string[] {
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = glued(text);
  while (displayWidth(line) > width) {
    const fitting = head([...line], width + 1);
    const begun = line.length - line.trimStart().length;
    const at = breakIn(fitting, line, begun);
    if (at < 0) break;
    lines.push(line.slice(0, at).trimEnd());
    line = indent + line.slice(at).trimStart();
  }
  return [...lines, line].map((one) => one.replaceAll(glue, " "));
}

/** Each line of a text so; what is broken off hangs by two. Without columns, as a terminal that does not say has 0, as it is. */
export function wrapText(text: string, columns: number | undefined): string {
  if (!columns) return text;
  const wrapped = (line: string) => wrap(line, columns, " ".repeat(line.search(/\S|$/) + 2));
  return text.split("\n").flatMap(wrapped).join("\n");
}

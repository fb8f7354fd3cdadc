/** Text in the columns of a terminal: how many it takes, cut to a width, broken between words. */

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

export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

function head(characters: readonly string[], width: number): string {
  let left = width;
  const taken: string[] = [];
  for (const character of characters) {
    left -= widthOf(character);
    if (left < 0) break;
    taken.push(character);
  }
  return taken.join("");
}

/** At most so wide, with an ellipsis for what is left out at the end. */
export function clip(text: string, width: number): string {
  return displayWidth(text) <= width ? text : `${head([...text], width - 1)}…`;
}

/** The same for names whose end tells them apart: left out is what lies between. */
export function clipMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const characters = [...text];
  const begin = head(characters, Math.floor((width - 1) / 3));
  const end = head(characters.reverse(), width - 1 - displayWidth(begin));
  return `${begin}…${[...end].reverse().join("")}`;
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

/** Where lines go to. */
export type Output = Pick<NodeJS.WriteStream, "isTTY" | "columns">;

const usualColumns = 80;

/** How wide a line may be: a terminal that does not say has 80 columns; elsewhere lines are not broken. */
export function columnsOf({ isTTY, columns }: Output): number {
  return isTTY ? columns || usualColumns : Number.POSITIVE_INFINITY;
}

/** What stands before the words of a line: spaces, or a time of day, which its other lines leave room for. */
const before = /^(?:\d\d:\d\d:\d\d {2}|(?:ok|warn|fail|skip) {2,4}(?=\S)| *)/;

/** A line for people, in the columns of where it goes; `indent` begins each but the first, by default what hangs from it. */
export function fitted(line: string, output: Output, indent?: string): string {
  const begin = before.exec(line)?.[0] ?? "";
  const hanging = indent ?? " ".repeat(begin.trim() === "" ? begin.length + 2 : begin.length);
  return wrap(line, columnsOf(output), hanging).join("\n");
}

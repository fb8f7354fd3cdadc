/** Text in the columns of a terminal: cut to a width, broken between words. */
import { displayWidth, head, wrap } from "../wrap.js";

export { displayWidth, wrap } from "../wrap.js";

export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
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

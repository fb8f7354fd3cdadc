/** A terminal without a window: what is on its screen after what was written to it. */
import { EventEmitter } from "node:events";

const mode = new RegExp(`^${String.fromCharCode(27)}\\[\\?(\\d+)([hl])`);
const sequence = new RegExp(`^${String.fromCharCode(27)}\\[(\\d*)([A-Za-z])`);

/** A line that is too long goes on in the next one, as on a real terminal; what leaves at the top is kept. */
export class Terminal extends EventEmitter {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** The modes that are switched otherwise than at first, such as 1049 (another screen). */
  readonly modes = new Map<number, boolean>();
  /** How often it was written to. */
  writes = 0;
  /** What left the screen at its top. */
  readonly gone: string[] = [];
  #lines: string[] = [""];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  get screen(): readonly string[] {
    return this.#lines.map((line) => line.trimEnd());
  }

  write(text: string): boolean {
    this.writes += 1;
    for (let rest = text; rest !== ""; ) {
      const switched = mode.exec(rest);
      if (switched) this.modes.set(Number(switched[1]), switched[2] === "h");
      const found = switched ?? sequence.exec(rest);
      if (found && !switched) this.#control(Number(found[1] || 1), found[2] ?? "");
      else if (!found) this.#character(rest.charAt(0));
      rest = rest.slice(found ? found[0].length : 1);
    }
    return true;
  }

  /** Lines that do not fit any more are broken, as most terminals do. */
  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    const pieces = (line: string) =>
      line.trimEnd() === "" ? [""] : (line.trimEnd().match(new RegExp(`.{1,${columns}}`, "g")) ?? [""]);
    this.#lines = this.#lines.flatMap(pieces);
    this.#row = this.#lines.length - 1;
    this.#scroll();
    this.emit("resize");
  }

  #character(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#newLine();
    else {
      if (this.#column === this.columns) this.#newLine();
      const line = (this.#lines[this.#row] ?? "").padEnd(this.#column);
      this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
      this.#column += 1;
    }
  }

  #newLine(): void {
    this.#row += 1;
    this.#column = 0;
    this.#lines[this.#row] ??= "";
    this.#scroll();
  }

  #scroll(): void {
    while (this.#lines.length > this.rows) {
      this.gone.push(this.#lines.shift() ?? "");
      this.#row -= 1;
    }
  }

  #control(count: number, command: string): void {
    if (command === "A") this.#row = Math.max(0, this.#row - count);
    else if (command === "H") {
      this.#row = 0;
      this.#column = 0;
    } else if (command === "K") this.#cut();
    else if (command === "J") {
      this.#cut();
      this.#lines.length = this.#row + 1;
    } else if (command !== "m") throw new Error(`The terminal does not know ${command}.`);
  }

  #cut(): void {
    this.#lines[this.#row] = (this.#lines[this.#row] ?? "").slice(0, this.#column);
  }
}

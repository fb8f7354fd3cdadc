/** A story with the status table below it, which redraws itself on a terminal. Elsewhere only the story is told. */
import type { Runtime } from "../index.js";
import { columnsOf, wrap } from "./fit.js";
import { foreign } from "./foreign-text.js";
import { statusTable } from "./status-table.js";

const redrawMs = 200;

/** Lines of the story that the table leaves room for. */
const leastStory = 6;

/** Lines of the story that are drawn again when the terminal has another size; no screen has more. */
const kept = 200;

const indent = "      ";

export interface LiveTable {
  /** A line above the table (or just a line, without a terminal). */
  say(line: string): void;
  stop(): void;
}

type Output = Pick<NodeJS.WriteStream, "isTTY" | "columns" | "rows" | "write" | "on" | "off">;

class Screen implements LiveTable {
  readonly #runtime: Pick<Runtime, "status">;
  readonly #output: Output;
  readonly #story: string[] = [];
  readonly #timer: NodeJS.Timeout;
  /** Lines of the table below the story. */
  #drawn = 0;

  constructor(runtime: Pick<Runtime, "status">, output: Output) {
    this.#runtime = runtime;
    this.#output = output;
    this.#draw([]);
    this.#timer = setInterval(() => this.#draw([]), redrawMs);
    output.on("resize", this.#resized);
  }

  say(line: string): void {
    const clean = foreign(line);
    this.#story.push(clean);
    if (this.#story.length > kept) this.#story.shift();
    this.#draw(this.#broken(clean));
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#output.off("resize", this.#resized);
    this.#draw([]);
  }

  /** One less than there is: a full line would leave the cursor in doubt. */
  get #width(): number {
    return Math.max(1, columnsOf(this.#output) - 1);
  }

  #broken(line: string): readonly string[] {
    return wrap(line, this.#width, indent);
  }

  #table(): readonly string[] {
    const { rows } = this.#output;
    const lines = statusTable(this.#runtime.status(), { width: this.#width, colour: true });
    // The cursor stands below the table, an empty line above it.
    const room = Math.max(2, rows - 2 - Math.min(leastStory, Math.floor(rows / 3)));
    if (lines.length <= room) return ["", ...lines];
    return ["", ...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more`];
  }

  /** Writes over the table: lines of the story, and the table as it is now. In one piece, so that nothing flickers. */
  #draw(story: readonly string[]): void {
    const table = this.#table();
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : "";
    this.#output.write(`\r${up}${[...story, ...table].map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`);
    this.#drawn = table.length;
  }

  /** What a terminal does to lines that it has is its own affair, so all that is on the screen is written anew. */
  readonly #resized = (): void => {
    const room = Math.max(0, this.#output.rows - 1 - this.#table().length);
    const story = room > 0 ? this.#story.flatMap((line) => this.#broken(line)).slice(-room) : [];
    this.#output.write("\x1b[H");
    this.#drawn = 0;
    this.#draw(story);
  };
}

/** Draws below the lines said so far, until stopped. */
export function liveTable(runtime: Pick<Runtime, "status">, output: Output = process.stdout): LiveTable {
  if (output.isTTY) return new Screen(runtime, output);
  return {
    say: (line) => void output.write(`${foreign(line)}\n`),
    stop: () => {},
  };
}

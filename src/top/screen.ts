/** The terminal while `top` runs: another screen, keys as they are pressed, and all as it was afterwards. */
import { codeOf } from "../errors.js";

export interface Input {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  setEncoding(encoding: "utf8"): unknown;
  on(event: "data", listener: (text: string) => void): unknown;
  off(event: "data", listener: (text: string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface Output {
  readonly columns: number;
  readonly rows: number;
  write(text: string): boolean;
  on(event: "resize" | "error", listener: (error: Error) => void): unknown;
  off(event: "resize" | "error", listener: (error: Error) => void): unknown;
}

/** Another screen, no cursor, no line that goes on in the next. */
const begin = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const end = "\x1b[?7h\x1b[?25h\x1b[?1049l";

const usualColumns = 80;
const usualRows = 24;

interface Handlers {
  readonly pressed: (text: string) => void;
  readonly resized: () => void;
  /** The terminal is gone. */
  readonly lost: () => void;
}

export class Screen {
  readonly #input: Input;
  readonly #output: Output;
  readonly #handlers: Handlers;
  #shown = "";
  #state: "open" | "closed" = "open";

  constructor(input: Input, output: Output, handlers: Handlers) {
    this.#input = input;
    this.#output = output;
    this.#handlers = handlers;
    if (input.isTTY) input.setRawMode?.(true);
    input.setEncoding("utf8");
    input.on("data", handlers.pressed);
    input.resume();
    output.on("resize", this.#resized);
    output.on("error", this.#failed);
    output.write(begin);
    // However the process ends.
    process.once("exit", this.#restore);
  }

  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#output.columns || usualColumns, rows: this.#output.rows || usualRows };
  }

  /** In one piece, and only when something is new, so that nothing flickers. */
  show(lines: readonly string[]): void {
    const text = `\x1b[H${lines.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`;
    if (this.#state === "closed" || text === this.#shown) return;
    this.#shown = text;
    this.#output.write(text);
  }

  close(): void {
    this.#restore();
    process.off("exit", this.#restore);
    this.#input.off("data", this.#handlers.pressed);
    this.#input.pause();
    this.#output.off("resize", this.#resized);
  }

  readonly #restore = (): void => {
    if (this.#state === "closed") return;
    this.#state = "closed";
    if (this.#input.isTTY) this.#input.setRawMode?.(false);
    this.#output.write(end);
  };

  /** What a terminal does with lines that it has is its own affair: all is drawn anew. */
  readonly #resized = (): void => {
    this.#shown = "";
    this.#handlers.resized();
  };

  readonly #failed = (error: Error): void => {
    if (codeOf(error) !== "EAGAIN") this.#handlers.lost();
  };
}

/** The status table that redraws itself on a terminal. Elsewhere nothing is drawn. */
import type { Runtime } from "../index.js";
import { statusTable } from "./lines.js";

const redrawMs = 200;

export interface LiveTable {
  /** A line above the table (or just a line, without a terminal). */
  say(line: string): void;
  stop(): void;
}

/** Draws below the lines said so far, until stopped. */
export function liveTable(runtime: Runtime, output: NodeJS.WriteStream = process.stdout): LiveTable {
  if (!output.isTTY) {
    return {
      say: (line) => void output.write(`${line}\n`),
      stop: () => {},
    };
  }
  let drawn = 0;
  const erase = () => {
    if (drawn > 0) output.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const draw = () => {
    erase();
    // Longer lines would wrap and break the count of what is to be erased.
    const lines = statusTable(runtime.status()).slice(0, Math.max(4, output.rows - 2));
    for (const line of lines) output.write(`${line}\n`);
    drawn = lines.length;
  };
  draw();
  const timer = setInterval(draw, redrawMs);
  return {
    say: (line) => {
      erase();
      output.write(`${line}\n`);
      draw();
    },
    stop: () => {
      clearInterval(timer);
      draw();
    },
  };
}

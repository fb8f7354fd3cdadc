/** Output that nobody reads any more (`| head` has ended): no reason to crash, what is said goes nowhere. */
import { codeOf } from "../errors.js";

function outlive(output: NodeJS.WriteStream): void {
  output.on("error", (error) => {
    if (codeOf(error) !== "EPIPE") throw error;
  });
}

/** The command goes on to its own end: it may be serving. */
export function outliveReaders(): void {
  outlive(process.stdout);
  outlive(process.stderr);
}

/**
 * Output that cannot be written: nobody reads it any more (`| head` has ended), the disk is full, the terminal is gone.
 * No reason to crash. A command that serves goes on serving; one that only prints has not done what it is for.
 */

import { codeOf } from "../errors.js";
import { exitCodes } from "./exit-codes.js";
import { complain } from "./lines.js";

/** Whether it goes on for its own sake, when nothing of what it says can be read. */
type IsServing = () => boolean;

function outlive(name: "stdout" | "stderr", isServing: IsServing): void {
  let isTold = false;
  process[name].on("error", (error) => {
    const code = codeOf(error);
    // Of stderr nobody can be told. Whoever has stopped reading has what he wanted.
    if (isTold || name === "stderr" || code === "EPIPE") return;
    isTold = true;
    const what = `mooring: ${name} cannot be written (${code})`;
    if (isServing()) return complain(`${what}; it goes on, and what it says is lost.`);
    complain(`${what}.`);
    process.on("exit", () => {
      process.exitCode ||= exitCodes.failed;
    });
  });
}

/** The command goes on to its own end. */
export function outliveOutput(isServing: IsServing): void {
  outlive("stdout", isServing);
  outlive("stderr", isServing);
}

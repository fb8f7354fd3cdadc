/** `mooring doctor`: prints what the checks found; 1 when one failed. */

import { type Finding, runChecks } from "../doctor/index.js";
import { exitCodes } from "./exit-codes.js";
import { write, writeJson } from "./lines.js";

/** What to do has a line of its own: beside what is wrong it would be far to the right. */
function lines(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap(({ level, what, ms, fix }) => {
    const line = `${level.padEnd(4)}  ${what}${ms === undefined ? "" : ` (${ms} ms)`}`;
    return fix === undefined ? [line] : [line, `      ${fix}`];
  });
}

export async function doctor(options: { readonly url?: string; readonly json?: boolean }): Promise<void> {
  const findings = await runChecks({
    env: process.env,
    ...(options.url === undefined ? {} : { url: options.url }),
  });
  if (options.json) writeJson(findings);
  else for (const line of lines(findings)) write(line);
  if (findings.some(({ level }) => level === "fail")) process.exitCode = exitCodes.failed;
}

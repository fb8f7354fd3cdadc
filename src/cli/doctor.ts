/** `mooring doctor`: prints what the checks found; 1 when one failed. */
import { type Finding, runChecks } from "../doctor/index.js";
import { write, writeJson } from "./lines.js";

/** On a terminal, which is narrow, what to do has a line of its own. */
function lines(findings: readonly Finding[], forPeople: boolean): readonly string[] {
  const widest = Math.max(0, ...findings.map(({ what }) => what.length));
  return findings.flatMap(({ level, what, fix }) => {
    const begin = `${level.padEnd(4)}  `;
    if (fix === undefined) return [`${begin}${what}`];
    return forPeople ? [`${begin}${what}`, `      ${fix}`] : [`${begin}${what.padEnd(widest)}  ${fix}`];
  });
}

export async function doctor(options: { readonly url?: string; readonly json?: boolean }): Promise<void> {
  const findings = await runChecks({
    env: process.env,
    ...(options.url === undefined ? {} : { url: options.url }),
  });
  if (options.json) writeJson(findings);
  else for (const line of lines(findings, process.stdout.isTTY)) write(line);
  if (findings.some(({ level }) => level === "fail")) process.exitCode = 1;
}

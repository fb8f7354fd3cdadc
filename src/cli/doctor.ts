/** `mooring doctor`: prints what the checks found; 1 when one failed. */
import { type Finding, runChecks } from "../doctor/index.js";
import { write, writeJson } from "./lines.js";

function lines(findings: readonly Finding[]): readonly string[] {
  const widest = Math.max(0, ...findings.map(({ what }) => what.length));
  return findings.map(({ level, what, fix }) =>
    `${level.padEnd(4)}  ${fix === undefined ? what : `${what.padEnd(widest)}  ${fix}`}`.trimEnd(),
  );
}

export async function doctor(options: { readonly url?: string; readonly json?: boolean }): Promise<void> {
  const findings = await runChecks({
    env: process.env,
    ...(options.url === undefined ? {} : { url: options.url }),
  });
  if (options.json) writeJson(findings);
  else for (const line of lines(findings)) write(line);
  if (findings.some(({ level }) => level === "fail")) process.exitCode = 1;
}

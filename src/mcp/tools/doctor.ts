/** `doctor`: checks settings, keys, files, clocks, the way to the gateway and the token server. */
import * as z from "zod";
import { type Answer, answer } from "../answer.js";
import { clipped } from "../bounds.js";
import type { Doors } from "../doors.js";

export const doctorInput = z.strictObject({
  url: z
    .string()
    .optional()
    .describe(
      "The gateway that connectors dial, such as grpcs://gateway.example:443. Left out: STRIKE48_URL, or the default.",
    ),
});

const finding = z.object({
  level: z.enum(["ok", "warn", "fail", "skip"]).describe("skip: not tried, because what it needs failed."),
  check: z.string().describe("settings, source, key, files, gateway, clock or token."),
  step: z.string().nullable().describe("On the way to the gateway: dns, proxy, tcp, tls, alpn, …"),
  ms: z.number().nullable().describe("How long the step took."),
  what: z.string(),
  fix: z.string().nullable().describe("What to do."),
});

export const doctorOutput = z.object({
  ok: z.boolean().describe("Nothing failed."),
  findings: z.array(finding).describe("What failed comes first."),
  omitted: z.int(),
});

const ranks = ["fail", "warn", "skip", "ok"];
const most = 60;

export async function doctor(doors: Doors, { url }: z.output<typeof doctorInput>): Promise<Answer> {
  const all = [...(await doors.doctor(url))].sort((a, b) => ranks.indexOf(a.level) - ranks.indexOf(b.level));
  const findings = all.slice(0, most).map(({ level, check, step = null, ms = null, what, fix }) => ({
    level,
    check,
    step,
    ms,
    what: clipped(what),
    fix: fix === undefined ? null : clipped(fix),
  }));
  const data: z.output<typeof doctorOutput> = {
    ok: all.every(({ level }) => level !== "fail"),
    findings,
    omitted: all.length - findings.length,
  };
  const lines = findings.map(({ level, what, fix }) => `${level}: ${what}${fix === null ? "" : ` ${fix}`}`);
  return answer(lines.join("\n"), data);
}

/** Compares our clock with a server's, as its answers show it. */
import { asStep, type Finding, findingsOf } from "./finding.js";

const { ok, warn, fail } = findingsOf("clock");

/** The header has whole seconds; below this nothing can be said. */
const leastMs = 5_000;

/** Assertions live 60 s (docs/protocol.md, "Access tokens"): past half of it they begin to fail. */
const mostMs = 30_000;

/** Nothing when the answer has no usable date. `at`: our clock when the answer was made, in ms. */
export function checkClock(whose: string, headers: Headers, at: number): Finding[] {
  const theirs = Date.parse(headers.get("date") ?? "");
  if (!Number.isFinite(theirs)) return [];
  const difference = Math.round((at - theirs) / 1_000);
  const what = `our clock is ${Math.abs(difference)} s ${difference < 0 ? "behind" : "ahead of"} the ${whose}'s`;
  const fix = "set this computer's clock, by NTP for example: tokens are refused for it";
  const step = (finding: Finding) => [asStep(finding, "clock")];
  if (Math.abs(at - theirs) >= mostMs) return step(fail(what, fix));
  if (Math.abs(at - theirs) >= leastMs) return step(warn(what, fix));
  return step(ok(`our clock agrees with the ${whose}'s`));
}

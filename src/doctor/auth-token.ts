/** Checks `AUTH_TOKEN` against the clock, without asking anybody. */

import { timeText } from "../clock-difference.js";
import type { Environment } from "../environment/environment.js";
import { givenSecret } from "../environment/given-secret.js";
import type { Secret } from "../secret.js";
import { type Finding, findingsOf } from "./finding.js";

const { ok, fail } = findingsOf("settings");

/** Clocks that differ by less are no reason for a refusal. */
const leastSkewMs = 60_000;

/** When a JWT ends, was made, and counts from, in ms since 1970, as far as it says. */
function timesOf(jwt: Secret): Readonly<Record<"end" | "made" | "start", number | undefined>> {
  const at = (seconds: unknown) => (typeof seconds === "number" ? seconds * 1_000 : undefined);
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.reveal().split(".")[1] ?? "", "base64url").toString());
    const { exp, iat, nbf } = Object(claims) as Readonly<Record<"exp" | "iat" | "nbf", unknown>>;
    return { end: at(exp), made: at(iat), start: at(nbf) };
  } catch {
    return { end: undefined, made: undefined, start: undefined };
  }
}

/** A token that was made, or counts, only later: somebody's clock is wrong. */
function notYet(made: number | undefined, start: number | undefined, now: number): Finding | undefined {
  const from = Math.max(made ?? 0, start ?? 0);
  if (from - now < leastSkewMs) return undefined;
  const what = `AUTH_TOKEN is of ${timeText(from)}, and this computer's clock shows ${timeText(now)}`;
  return fail(what, "set this computer's clock, by NTP for example, or the issuer's: the token may be good");
}

export function checkAuthToken(env: Environment, now: number): Finding[] {
  const token = givenSecret(env.AUTH_TOKEN);
  if (token === undefined) return [];
  const { end, made, start } = timesOf(token);
  const early = notYet(made, start, now);
  if (early) return [early];
  if (end !== undefined && end <= now)
    return [
      fail(
        `AUTH_TOKEN has expired: it ended at ${timeText(end)}, and this computer's clock shows ${timeText(now)}`,
        "get a new token, or unset it: registrations without other credentials then wait for approval",
      ),
    ];
  return [ok(`AUTH_TOKEN is set${end === undefined ? "" : `, until ${timeText(end)}`}`)];
}

/** A registration as the page knows it, judged for troubles by the table that the terminal shares. */
import { signBits } from "../../src/inspect/feed-messages.js";
import { troublesIn } from "../../src/troubles/troubles.js";
import type { Row } from "./row.js";

export function troublesOf({ state, tone, since, figures }: Row, now: number): readonly string[] {
  const { signs, strays, queueFullAt, blockedAt, lossTimes } = figures;
  const has = (sign: keyof typeof signBits): boolean => (signs & signBits[sign]) !== 0;
  return troublesIn({
    state,
    tone,
    forMs: since === undefined ? 0 : now - since,
    now,
    stopReason: has("gaveUp") ? "failed" : null,
    awaitsCredentials: has("awaitsCredentials"),
    strays,
    lossTimes,
    waitsLongest: has("waitsLongest"),
    credentials: has("credentialsFailing") ? "failing" : has("credentialsLate") ? "late" : "fine",
    isDoubted: has("doubted"),
    queueFullAt,
    blockedAt,
  });
}

/** A registration as the page knows it, judged for troubles by the table that the terminal shares. */
import { signBits } from "../../src/inspect/feed-messages.js";
import { type Judged, troublesIn } from "../../src/troubles/troubles.js";
import type { LiveRow } from "./row.js";

/** By the active states of its credentials' chart. */
export function credentialsIn(states: ReadonlySet<string> | undefined): Judged["credentials"] {
  if (states?.has("credentials.unavailable") || states?.has("credentials.refused")) return "failing";
  return states?.has("credentials.renewing.waiting") ? "late" : "fine";
}

type Told = Pick<LiveRow, "state" | "tone" | "since" | "figures">;

export function troublesOf({ state, tone, since, figures }: Told, now: number): readonly string[] {
  const { signs, strays, queueFullAt, blockedAt, oversizedAt, lossTimes } = figures;
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
    oversizedAt,
    unsavedCode: has("unsaved") ? "unsaved" : null,
  });
}

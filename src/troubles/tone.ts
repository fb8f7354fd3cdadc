/** How good a state is, for colours and orders: the page and the terminal tell it alike. */

/** `good` serves, `wait` waits for a person, `warm` is on its way, `bad` waits for the next try, `drain`, `off`. */
export type Tone = "good" | "wait" | "warm" | "bad" | "drain" | "off";

/** By the tags of the state, and the name of the public state. */
export function toneOf(tags: ReadonlySet<string>, state: string): Tone {
  if (state === "stopped" || state === "paused" || state === "parked") return "off";
  if (tags.has("draining")) return "drain";
  if (tags.has("ready")) return "good";
  if (tags.has("waitsForPerson")) return "wait";
  return tags.has("backingOff") ? "bad" : "warm";
}

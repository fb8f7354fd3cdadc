/** Lets the past run, at a speed, until its end. */
import { effect, signal } from "@preact/signals";
import { isPlaying, past, position, seekTime } from "./past-state.js";

export const speeds = [1, 10, 100, 1_000, 10_000] as const;

export const speed = signal<number>(10);

/** A frame that took longer, in a page that nobody sees, is no leap. In ms. */
const longestFrame = 250;

let last: number | undefined;

function tick(now: number): void {
  const opened = past.value;
  if (!isPlaying.value || !opened) {
    last = undefined;
    return;
  }
  const gone = Math.min(longestFrame, now - (last ?? now));
  last = now;
  const at = position.value.at + gone * speed.value;
  seekTime(at);
  if (at >= opened.to) isPlaying.value = false;
  requestAnimationFrame(tick);
}

effect(() => {
  if (isPlaying.value) requestAnimationFrame(tick);
});

/** At the end it begins anew. */
export function togglePlaying(): void {
  const opened = past.value;
  if (!opened) return;
  if (!isPlaying.value && position.value.at >= opened.to) seekTime(opened.from);
  isPlaying.value = !isPlaying.value;
}

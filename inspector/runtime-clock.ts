/** The clock of the runtime: all times that are told are by it, and this browser's may differ. */
import { signal } from "@preact/signals";

/** Less is the way of a message, not a clock. In ms. */
const toleratedMs = 2_000;

let aheadMs = 0;

/** In ms, whole seconds; above 0 the runtime's clock is ahead of this browser's, 0 when they agree. */
export const clockAhead = signal(0);

/** It was `at` there a moment ago. */
export function setRuntimeClock(at: number): void {
  aheadMs = at - Date.now();
  clockAhead.value = Math.abs(aheadMs) < toleratedMs ? 0 : Math.round(aheadMs / 1_000) * 1_000;
}

export const runtimeNow = (): number => Date.now() + aheadMs;

/** When the last news came; undefined: none did. */
let heardAt: number | undefined;

/** While the link is lost: when the last news came. What is shown is as it was then. */
export const heldAt = signal<number | undefined>(undefined);

/** There are news. */
export function heard(): void {
  heardAt = runtimeNow();
  heldAt.value = undefined;
}

/** No news come any more, for now. */
export function hold(): void {
  heldAt.value ??= heardAt;
}

/** Up to when there are news to be shown. */
export const shownNow = (): number => heldAt.value ?? runtimeNow();

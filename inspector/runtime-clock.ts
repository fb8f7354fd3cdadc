/** The clock of the runtime: all times that are told are by it, and this browser's may differ. */
import { signal } from "@preact/signals";

/** Less is the way of a message, not a clock. In ms. */
const toleratedMs = 2_000;

/** In ms; above 0 the runtime's clock is ahead of this browser's. */
export const clockAhead = signal(0);

/** It was `at` there a moment ago. */
export function setRuntimeClock(at: number): void {
  const ahead = at - Date.now();
  clockAhead.value = Math.abs(ahead) < toleratedMs ? 0 : ahead;
}

export const runtimeNow = (): number => Date.now() + clockAhead.peek();

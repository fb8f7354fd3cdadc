/** Two clocks that differ, in words for whoever can set one. */

/** A clock may show what no date can hold. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "no valid time" : date.toISOString();
}

/** `whose`: who keeps the other clock. Times since 1970, in ms. */
export function clockDifference(ours: number, theirs: number, whose: string): string {
  const seconds = Math.round((theirs - ours) / 1_000);
  const way = seconds > 0 ? "behind" : "ahead of";
  return `Our clock is ${Math.abs(seconds)} s ${way} the ${whose}'s: ${timeText(ours)} here, ${timeText(theirs)} there.`;
}

export const setTheClock = "Set this computer's clock, or the server's if that is the wrong one.";

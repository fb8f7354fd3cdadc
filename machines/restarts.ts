/** How often what has failed is started again. */

/** Restarts after faults, of a registration, a partition or a thread: so many within the window, then it is parked. */
export const restartIntensity = {
  /** Restarts. */
  most: 3,
  /** In so many ms. */
  windowMs: 60_000,
} as const;

/** When something failed, within the window: what was known before, and now. */
export const faultsWithin = (before: readonly number[], now: number): readonly number[] => [
  ...before.filter((at) => now - at < restartIntensity.windowMs),
  now,
];

export const isTooOften = (faults: readonly number[]): boolean => faults.length > restartIntensity.most;

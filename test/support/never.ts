/** A time in ms that no test lasts: as `stableUptimeMs` it keeps a slow machine from the return that comes at once. */
export const neverMs = 3_600_000;

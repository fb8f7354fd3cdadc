/**
 * Node ends every new stream of a session that holds more than 10 MB (ENHANCE_YOUR_CALM), and never gives back what
 * a reset stream held. Our own marks and windows bound what is queued, so its limit is out of reach on both sides.
 */

/** In MB, as Node counts it; kept in 32 bits. */
export const sessionMemory = { maxSessionMemory: 2 ** 31 } as const;

/** Bytes in flight towards a side of ours: per stream, and over the whole connection. */
export const streamWindow = 1024 * 1024;
export const connectionWindow = 16 * 1024 * 1024;

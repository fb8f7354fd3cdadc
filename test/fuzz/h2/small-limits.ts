/**
 * The limits of our HTTP/2, so small that the few kilobytes of a case reach them. Half of the cases run against a
 * build with these (`scripts/fuzz-h2.mjs`).
 */
import type * as limits from "../../../src/protocol/limits.js";

type Limits = typeof limits;

export const smallLimits = (real: Limits) => ({
  ...real,
  streamWindow: 500,
  connectionWindow: 66_000,
  // A frame fits, and hardly a second.
  slabBytes: 17_000,
  highWaterBytes: 200,
  lowWaterBytes: 60,
  frameLimits: {
    ...real.frameLimits,
    headerListBytes: 300,
    continuations: 2,
    interimAnswers: 1,
    idleFrames: 50,
    writtenBytes: 20_000,
    unreadBytes: 30_000,
    rememberedStreams: 1,
  },
});

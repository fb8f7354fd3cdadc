/** How long the liveness machine waits, by name, from what it was given. */

/** What a liveness machine starts with; times in ms. */
export interface LivenessInput {
  /** A heartbeat goes out this often. */
  readonly intervalMs: number;
  /** A heartbeat without an answer is late after this. */
  readonly suspectMs: number;
  /** Until the stream is given up; what is left of the timeout since the last answer. */
  readonly remainingMs: number;
}

interface Args {
  readonly context: LivenessInput;
}

export const livenessDelays = {
  restOfTimeout: ({ context }: Args) => Math.max(0, context.remainingMs),
  restOfInterval: ({ context }: Args) => Math.max(1, context.intervalMs - context.suspectMs),
  heartbeatInterval: ({ context }: Args) => context.intervalMs,
};

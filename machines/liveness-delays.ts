/** How long the liveness machine waits, by name, from what it was given. */

export interface LivenessInput {
  readonly intervalMs: number;
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

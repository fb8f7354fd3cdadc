/** How long the socket machine waits, by name, from its policy. */

/** Times in ms. */
export interface SocketPolicy {
  /** Until the upgrade is answered: dial, proxy and TLS included. */
  readonly connectTimeoutMs: number;
  /** Until the join is answered. */
  readonly joinTimeoutMs: number;
  /** From one answer to the next question whether the peer is there. */
  readonly beatIntervalMs: number;
  /** Until that question is answered. */
  readonly beatTimeoutMs: number;
  /** For an orderly end; then the socket is cut. */
  readonly leaveTimeoutMs: number;
}

interface Args {
  readonly context: { readonly policy: SocketPolicy };
}

export const socketDelays = {
  connectTimeout: ({ context }: Args) => context.policy.connectTimeoutMs,
  joinTimeout: ({ context }: Args) => context.policy.joinTimeoutMs,
  beatInterval: ({ context }: Args) => context.policy.beatIntervalMs,
  beatTimeout: ({ context }: Args) => context.policy.beatTimeoutMs,
  leaveTimeout: ({ context }: Args) => context.policy.leaveTimeoutMs,
};

/**
 * How long the registration machine waits, by name, from its context. Its timers run by this table, and what people
 * are told of the next step is read from it, so each number is said once.
 */
import { timerMs } from "../backoff.js";
import { answerDeadlineMs, exchangeDeadlineMs, openingDeadlineMs } from "../policy.js";
import type { RegistrationContext } from "./types.js";

interface Args {
  readonly context: RegistrationContext;
}

/** Time for the peer to close after our half-close. */
const finishTimeoutMs = 1_000;

export const registrationDelays = {
  openingDeadline: ({ context }: Args) => timerMs(openingDeadlineMs(context.policy)),
  /** The transport's own limit. No timer of the machine: `openingDeadline` is for a transport that does not keep it. */
  connectTimeout: ({ context }: Args) => timerMs(context.policy.connectTimeoutMs),
  registerDeadline: ({ context }: Args) => timerMs(answerDeadlineMs(context.policy)),
  exchangeDeadline: ({ context }: Args) => timerMs(exchangeDeadlineMs(context.policy)),
  exchangeDelay: ({ context }: Args) => context.exchange.delayMs,
  backoffDelay: ({ context }: Args) => context.backoffMs,
  approvalStall: ({ context }: Args) => timerMs(context.policy.approvalStallMs),
  reconnectGrace: ({ context }: Args) => timerMs(context.policy.reconnectGraceMs),
  stableUptime: ({ context }: Args) => timerMs(context.policy.stableUptimeMs),
  finishTimeout: () => finishTimeoutMs,
};

export type RegistrationDelay = keyof typeof registrationDelays;

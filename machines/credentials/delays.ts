/** How long the credentials machine waits, by name, from its context. */
import { timerMs } from "../backoff.js";
import { answerDeadlineMs, callDeadlineMs } from "../policy.js";
import type { CredentialsContext } from "./types.js";

interface Args {
  readonly context: CredentialsContext;
}

export const credentialsDelays = {
  callDeadline: ({ context }: Args) => timerMs(callDeadlineMs(context.policy)),
  mintBudget: ({ context }: Args) => timerMs(answerDeadlineMs(context.policy)),
  stepDelay: ({ context }: Args) => context.delayMs,
  roundDelay: ({ context }: Args) => context.delayMs,
  renewal: ({ context }: Args) => context.renewInMs,
};

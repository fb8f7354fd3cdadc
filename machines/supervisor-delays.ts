/** How long the supervisor waits at the stages of a drain, by name. */
import { timerMs } from "./backoff.js";

/** The part of a drain's deadline that belongs to running handlers before their signals are aborted. */
const finishingShare = 0.8;

/** How long registrations may take to stop once told to; they stop at once unless something is broken. */
const stopLimitMs = 5_000;

interface Args {
  readonly context: { readonly deadlineMs: number };
}

export const supervisorDelays = {
  finishingLimit: ({ context }: Args) => timerMs(context.deadlineMs * finishingShare),
  cancellingLimit: ({ context }: Args) =>
    timerMs(context.deadlineMs) - timerMs(context.deadlineMs * finishingShare),
  stopLimit: stopLimitMs,
};

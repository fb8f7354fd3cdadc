/** Waiting on what a runtime says, never on time. */
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import type { RegistrationStatus, Runtime, StateChange } from "mooring";

/**
 * Resolves when the registration's status satisfies the condition; looked at after each of its state changes.
 * Times out with the test.
 */
export async function untilStatus(
  runtime: Runtime,
  key: string,
  condition: (status: RegistrationStatus) => boolean,
): Promise<RegistrationStatus> {
  const find = () => runtime.status().registrations.find((one) => one.key === key);
  const changes = runtime.changes();
  try {
    for (;;) {
      const status = find();
      if (status && condition(status)) return status;
      const told = await nextOf(key, changes);
      if (!told) throw new Error(`The runtime closed while ${key} was ${JSON.stringify(status)}.`);
      if (condition(told)) return told;
    }
  } finally {
    await changes.return?.();
  }
}

/** The status with the next change of this registration: of many, the others are let pass unread. */
async function nextOf(
  key: string,
  changes: AsyncIterator<StateChange>,
): Promise<RegistrationStatus | undefined> {
  for (;;) {
    const next = await changes.next();
    if (next.done) return undefined;
    if (next.value.key === key) return next.value.status;
  }
}

export const serving = (status: RegistrationStatus): boolean => status.ready;
export const backingOff = (status: RegistrationStatus): boolean => status.state === "backoff";

/** Taken as it is now: a test that replaces the clock still waits by the real one. */
const now = performance.now.bind(performance);

/** So long it looks in each turn: most of what is waited for is a turn or two away. */
const closelyMs = 5;

/**
 * Looks again and again, for facts that nobody announces: first after each turn of the event loop, then by a timer,
 * since a core that only looks is one that other test files and processes lack. What comes and goes within a few
 * milliseconds may be missed: wait for an event instead.
 */
export async function eventually(condition: () => boolean, limitMs = 100_000): Promise<void> {
  const begun = now();
  while (!condition()) {
    const waitedMs = now() - begun;
    if (waitedMs > limitMs) throw new Error("It did not come about in time.");
    await (waitedMs < closelyMs ? turn() : pause(2));
  }
}

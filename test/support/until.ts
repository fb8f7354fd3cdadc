/** Waiting on what a runtime says, never on time. */
import type { RegistrationStatus, Runtime } from "mooring";

/**
 * Resolves when the registration's status satisfies the condition; looked at after every state change. Times
 * out with the test.
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
      const next = await changes.next();
      if (next.done) throw new Error(`The runtime closed while ${key} was ${JSON.stringify(status)}.`);
      if (next.value.key === key && condition(next.value.status)) return next.value.status;
    }
  } finally {
    await changes.return?.();
  }
}

export const serving = (status: RegistrationStatus): boolean => status.ready;
export const backingOff = (status: RegistrationStatus): boolean => status.state === "backoff";

/** Looks again after each turn of the event loop, for facts that nobody announces. */
export async function eventually(condition: () => boolean, limitMs = 100_000): Promise<void> {
  const begun = performance.now();
  while (!condition()) {
    if (performance.now() - begun > limitMs) throw new Error("It did not come about in time.");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

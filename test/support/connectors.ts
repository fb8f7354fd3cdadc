/** Connectors that tests serve. */
import { type RequestContext, requestResponseConnector } from "mooring";

/** Answers with the request's own value. */
export const echo = requestResponseConnector({
  type: "echo_test",
  version: "0.0.1",
  execute: (request) => request.json(),
});

/** A handler that waits until the test lets it go on, and counts how many run at once. */
export function gated() {
  let release: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  const seen = { started: 0, running: 0, peak: 0 };
  let onStart: () => void = () => {};
  const contexts: RequestContext[] = [];
  const connector = requestResponseConnector({
    type: "gated",
    version: "0.0.1",
    execute: async (request, context) => {
      seen.started += 1;
      seen.running += 1;
      seen.peak = Math.max(seen.peak, seen.running);
      contexts.push(context);
      onStart();
      await opened;
      seen.running -= 1;
      return request.json();
    },
  });
  /** Resolves when so many handlers have started. */
  const started = (count: number) =>
    new Promise<void>((resolve) => {
      onStart = () => {
        if (seen.started >= count) resolve();
      };
      onStart();
    });
  return { connector, release, seen, started, contexts };
}

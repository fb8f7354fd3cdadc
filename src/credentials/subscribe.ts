/** Owns how callers wait for shared work, and leave it without ending it. */
import type { Cancellable } from "../cancellation.js";
import { CredentialError } from "./credentials.js";

/** Waits for shared work; aborting the signal only stops this waiting. */
export function subscribe<T>(work: Promise<T>, signal: Cancellable): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = () => {
      const timedOut = signal.reason instanceof Error && signal.reason.name === "TimeoutError";
      reject(
        new CredentialError({
          cause: "credentials-unavailable",
          code: timedOut ? "TIMEOUT" : "ABORTED",
          detail: timedOut ? "No token within the time limit." : "Waiting for a token was given up.",
        }),
      );
    };
    if (signal.aborted) {
      work.catch(() => {});
      leave();
      return;
    }
    signal.addEventListener("abort", leave, { once: true });
    work.then(
      (result) => {
        signal.removeEventListener("abort", leave);
        resolve(result);
      },
      (error) => {
        signal.removeEventListener("abort", leave);
        reject(error);
      },
    );
  });
}

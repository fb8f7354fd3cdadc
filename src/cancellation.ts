/**
 * What AbortController and AbortSignal do, without an EventTarget: thousands of openings make some for each, and with
 * those of Node they took 5 KB of garbage and 5 % of the processor time of a storm.
 */

/** Whether something was given up, and why. An AbortSignal is one. */
export interface Cancellable {
  /** It was given up. */
  readonly aborted: boolean;
  /** Why; undefined before. */
  readonly reason: unknown;
  /** Throws the reason when it was given up. */
  throwIfAborted(): void;
  /** Calls the listener when it is given up, once. */
  addEventListener(type: "abort", listener: () => void, options?: { readonly once: true }): void;
  /** Calls the listener no more. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/** One that its owner gives up. Listeners are called in their order, at once, and must not throw. */
export class Cancellation implements Cancellable {
  aborted = false;
  reason: unknown;
  #listeners: (() => void)[] = [];

  /** Further calls do nothing. The default reason is that of an AbortSignal. */
  abort(reason: unknown = new DOMException("This operation was aborted", "AbortError")): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    if (!this.aborted) this.#listeners.push(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
  }
}

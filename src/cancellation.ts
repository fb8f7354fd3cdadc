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
  /** Most have one listener at a time: a list for it would have room for sixteen more. */
  #first: (() => void) | undefined;
  #others: (() => void)[] | undefined;

  /** Further calls do nothing. The default reason is that of an AbortSignal. */
  abort(reason: unknown = new DOMException("This operation was aborted", "AbortError")): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const [first, others] = [this.#first, this.#others];
    this.#first = undefined;
    this.#others = undefined;
    first?.();
    for (const listener of others ?? []) listener();
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    if (this.aborted) return;
    if (!this.#first) {
      this.#first = listener;
      return;
    }
    this.#others ??= [];
    this.#others.push(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    if (this.#first === listener) {
      this.#first = this.#others?.shift();
      return;
    }
    const at = this.#others?.indexOf(listener) ?? -1;
    if (at >= 0) this.#others?.splice(at, 1);
  }
}

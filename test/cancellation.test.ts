/** A cancellation does what an AbortController and its signal do, for those parts that it has. */
import { describe, expect, it } from "vitest";
import { type Cancellable, Cancellation } from "../src/cancellation.js";

interface Subject {
  readonly signal: Cancellable;
  abort(reason?: unknown): void;
}

function nodes(): Subject {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

function ours(): Subject {
  const signal = new Cancellation();
  return { signal, abort: (reason) => signal.abort(reason) };
}

describe.each([
  ["AbortController", nodes],
  ["Cancellation", ours],
])("%s", (_, make) => {
  it("calls its listeners in order and once, with the first reason", () => {
    const { signal, abort } = make();
    const called: unknown[] = [];
    signal.addEventListener("abort", () => called.push(["one", signal.aborted, signal.reason]), {
      once: true,
    });
    signal.addEventListener("abort", () => called.push("two"), { once: true });
    expect([signal.aborted, signal.reason]).toEqual([false, undefined]);
    signal.throwIfAborted();
    abort("why");
    abort("again");
    expect(called).toEqual([["one", true, "why"], "two"]);
    expect(signal.reason).toBe("why");
    expect(() => signal.throwIfAborted()).toThrow("why");
  });

  it("does not call who has left, nor who comes too late", () => {
    const { signal, abort } = make();
    const called: string[] = [];
    const one = () => called.push("one");
    const two = () => called.push("two");
    signal.addEventListener("abort", one, { once: true });
    signal.addEventListener("abort", two, { once: true });
    signal.removeEventListener("abort", one);
    signal.removeEventListener("abort", () => {});
    abort();
    signal.addEventListener("abort", one, { once: true });
    expect(called).toEqual(["two"]);
  });

  it("has the reason of Node where none is given", () => {
    const { signal, abort } = make();
    abort();
    expect(signal.reason).toBeInstanceOf(DOMException);
    expect(signal.reason).toMatchObject({ name: "AbortError", message: "This operation was aborted" });
  });
});

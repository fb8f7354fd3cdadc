import type { RequestContext } from "mooring";
import { describe, expect, it, onTestFinished } from "vitest";
import { executionWith, request } from "../support/work-rig.js";

/** What the process warns of until the test ends. */
function warnings(): string[] {
  const seen: string[] = [];
  const note = (warning: Error) => seen.push(warning.name);
  process.on("warning", note);
  onTestFinished(() => {
    process.off("warning", note);
  });
  return seen;
}

/** Warnings are told at the end of a turn. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("the signals of requests", () => {
  it.each(["draining", "signal"] as const)("%s is each request's own", async (name) => {
    const seen = warnings();
    const contexts: RequestContext[] = [];
    const { execution } = executionWith(
      (_, context) => {
        contexts.push(context);
        return new Promise((resolve) => context[name].addEventListener("abort", resolve));
      },
      { maxConcurrentRequests: 30 },
    );
    for (let i = 0; i < 30; i += 1) execution.dispatch(request(`r${i}`));
    await turn();
    expect(new Set(contexts.map((context) => context[name])).size).toBe(30);
    expect(seen).toEqual([]);
    if (name === "draining") execution.drain();
    else execution.cancelRunning();
    expect(contexts.map((context) => context[name].aborted)).toEqual(contexts.map(() => true));
    await turn();
    expect(execution.running).toBe(0);
  });

  it("draining lets go of a request that is over, whatever listener was left on it", async () => {
    let told = 0;
    const { execution } = executionWith((_, context) => {
      context.draining.addEventListener("abort", () => {
        told += 1;
      });
      return "done";
    });
    for (let i = 0; i < 20; i += 1) execution.dispatch(request(`r${i}`));
    execution.drain();
    expect(told).toBe(0);
  });

  it("draining is aborted for a request that waited when the drain began, and costs nothing unless looked at", async () => {
    const seen: boolean[] = [];
    let release: () => void = () => {};
    const { execution } = executionWith(
      async (_, context) => {
        if (seen.length === 0)
          await new Promise<void>((resolve) => {
            release = resolve;
          });
        seen.push(context.draining.aborted);
        return null;
      },
      { maxConcurrentRequests: 1 },
    );
    execution.dispatch(request("first"));
    execution.dispatch(request("second"));
    execution.drain();
    release();
    await turn();
    expect(seen).toEqual([true, true]);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunningRequest } from "../../src/execution/running-request.js";
import { RunningRequests } from "../../src/execution/running-requests.js";
import { executionWith, Recorder, request } from "../support/work-rig.js";

const named = (requestId: string) => ({ requestId }) as RunningRequest; // nothing else is looked at

const step = fc.record({ does: fc.constantFrom("enter", "enter", "stay", "leave"), which: fc.nat(30) });

describe("the requests in a slot", () => {
  it("are those of a plain list, oldest first, whatever enters, stays and leaves", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const running = new RunningRequests();
        const model: RunningRequest[] = [];
        const gone: RunningRequest[] = [];
        steps.forEach(({ does, which }, i) => {
          if (does === "enter") {
            const entered = named(`${i}`);
            running.enter(entered);
            model.push(entered);
          } else {
            // Also one that has left: nothing may bring it back.
            const known = [...model, ...gone];
            const chosen = known[which % known.length];
            if (!chosen) return;
            running[does](chosen);
            if (does === "leave" && model.includes(chosen))
              gone.push(...model.splice(model.indexOf(chosen), 1));
          }
          expect(running.all()).toEqual(model);
          expect(running.size).toBe(model.length);
          for (const one of model) expect(running.has(one.requestId)).toBe(true);
          for (const one of gone) expect(running.has(one.requestId)).toBe(false);
        });
      }),
      { numRuns: 300 },
    );
  });

  it("count the one whose handler has not returned, and find it by its id", () => {
    const seen: unknown[] = [];
    const { execution } = executionWith(() => {
      seen.push(
        execution.running,
        execution.open(9).map(({ requestId }) => requestId),
      );
      execution.dispatch(request("a"));
      return null;
    });
    const stream = new Recorder();
    execution.attach(stream);
    execution.dispatch(request("a"));
    expect(seen).toEqual([1, ["a"]]);
    expect(stream.ids).toEqual(["a"]);
    expect(execution.counters.duplicates).toBe(1);
    expect(execution.running).toBe(0);
  });

  it("take their slots also while one handler is within another", () => {
    const seen: number[] = [];
    const { execution } = executionWith((asked) => {
      seen.push(execution.running);
      const next = { a: "b", b: "c" }[String(asked.json())];
      if (next) execution.dispatch(request(next));
      return null;
    });
    const stream = new Recorder();
    execution.attach(stream);
    execution.dispatch(request("a"));
    // Of two slots: the third waits until the second is free.
    expect(seen).toEqual([1, 2, 2]);
    expect(stream.ids).toEqual(["b", "c", "a"]);
  });

  it("leave for good when they are cancelled from within their handler", () => {
    const { execution } = executionWith(() => {
      execution.cancelRunning();
      return Promise.resolve(1);
    });
    const stream = new Recorder();
    execution.attach(stream);
    execution.dispatch(request("a"));
    expect(execution.running).toBe(0);
    expect(stream.answers.map(({ success }) => success)).toEqual([false]);
  });

  it("are answered once when a handler answers as soon as its signal is aborted", () => {
    const { execution } = executionWith((_, { signal }) => ({
      // biome-ignore lint/suspicious/noThenProperty: what is no promise may answer from within the listener
      then: (tell: (value: string) => void) => signal.addEventListener("abort", () => tell("late")),
    }));
    const stream = new Recorder();
    execution.attach(stream);
    execution.dispatch(request("a"));
    execution.cancelRunning();
    expect(stream.ids).toEqual(["a"]);
    expect(execution.report().cancelled).toBe(0);
  });
});

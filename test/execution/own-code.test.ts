/** Code of a handler's author that runs while its answer is made, or after it. */
import { describe, expect, it } from "vitest";
import { HandlerBoard } from "../../src/execution/handler-board.js";
import { executionWith, Recorder, request } from "../support/work-rig.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("a result whose own code ends the request", () => {
  it.each([
    [
      "while it is written",
      (end: () => void) => ({
        toJSON() {
          end();
          return 1;
        },
      }),
    ],
    [
      "while its error is told",
      (end: () => void) => {
        throw Object.defineProperty(new Error(), "message", {
          get() {
            end();
            return "m";
          },
        });
      },
    ],
  ])("is answered once (%s)", (_, execute) => {
    const { execution } = executionWith(() =>
      execute(() => {
        execution.drain();
        execution.cancelRunning();
      }),
    );
    const stream = new Recorder();
    execution.attach(stream);
    execution.dispatch(request("a"));
    expect(stream.ids).toEqual(["a"]);
    expect(execution.counters).toMatchObject({ requests_processed: 0, requests_failed: 1 });
    expect(execution.report()).toMatchObject({ finished: 0, cancelled: 1 });
    expect(execution.running).toBe(0);
  });
});

describe("a thenable that is no promise", () => {
  type Then = (yes: (value: unknown) => void) => void;
  const twice: Then = (yes) => {
    yes(1);
    yes(2);
  };
  const andThrows: Then = (yes) => {
    yes(1);
    throw new Error("after that");
  };

  it.each([
    ["calls back twice", twice],
    ["calls back and throws", andThrows],
  ])("that %s is answered once, and the next handler is known to be under way", async (_, then) => {
    const board = new HandlerBoard();
    let execute: () => unknown = () => ({ then });
    const { execution } = executionWith(() => execute(), { board });
    const stream = new Recorder();
    execution.attach(stream);
    execution.dispatch(request("a"));
    await settled();
    expect(stream.ids).toEqual(["a"]);
    execute = () => new Promise(() => {});
    execution.dispatch(request("b"));
    expect(board.reader.underWay()).toHaveLength(1);
    execution.close();
  });
});

/** A connector that is about to be replaced, behind the work of its registration; the clock and the timers are the test's. */
import { type Connector, MooringError } from "mooring";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Reloadable } from "../../src/cli/watch/reloadable.js";
import { echo } from "../support/connectors.js";
import { executionWith, Recorder, request, valueIn } from "../support/work-rig.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Its first request waits until `end` is called, whatever its limit says; the others do not. */
function slow() {
  let end = () => {};
  const held = new Promise<void>((resolve) => {
    end = resolve;
  });
  let count = 0;
  const connector: Connector = {
    ...echo,
    timeoutMs: 2_000,
    execute: async (asked) => {
      count += 1;
      if (count === 1) await held;
      return asked.json();
    },
  };
  const reloadable = new Reloadable(connector);
  const { execution } = executionWith(() => undefined, {
    connector: reloadable.connector,
    now: () => performance.now(),
  });
  const stream = new Recorder();
  execution.attach(stream);
  return { reloadable, execution, stream, end };
}

it("waits for the answers of the old code, not for a handler that goes on after its limit, and times nothing out meanwhile", async () => {
  const { reloadable, execution, stream, end } = slow();
  execution.dispatch(request("old"));
  let isFree = false;
  const free = reloadable.hold().then(() => {
    isFree = true;
  });
  execution.dispatch(request("meanwhile"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isFree).toBe(false);
  await vi.advanceTimersByTimeAsync(1_100);
  await free;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(stream.ids).toEqual(["old"]);
  expect(stream.answers[0]?.error).toContain("timed out");
  expect(execution.running).toBe(1);
  end();
  execution.close();
});

it("what is held is answered when the registration drains instead", async () => {
  const { reloadable, execution, stream, end } = slow();
  execution.dispatch(request("old"));
  const free = reloadable.hold();
  execution.dispatch(request("meanwhile"));
  execution.drain();
  await vi.advanceTimersByTimeAsync(0);
  expect(stream.answers.map(valueIn)).toEqual(["meanwhile"]);
  end();
  await free;
  expect(stream.answers.map(valueIn)).toEqual(["meanwhile", "old"]);
  execution.close();
});

it("what the old code held is closed when its handlers have ended, also one that was timed out", async () => {
  const { reloadable, execution, end } = slow();
  execution.dispatch(request("old"));
  let isClosed = false;
  const closed = reloadable.replace({ ...echo }).then(() => {
    isClosed = true;
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(isClosed).toBe(false);
  end();
  await closed;
  execution.close();
});

it("without WebSockets it refuses one in words, which is no fault of a handler", () => {
  const { connector } = new Reloadable(echo);
  expect(() => connector.relay?.({} as never, {} as never)).toThrow(MooringError);
});

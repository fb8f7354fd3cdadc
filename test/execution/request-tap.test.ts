/** What a tap is told of every way in which a request ends, and that nobody is asked for anything without one. */
import { describe, expect, it, vi } from "vitest";
import type { RequestTap } from "../../src/execution/request-tap.js";
import { executionWith, Recorder, request } from "../support/work-rig.js";

type Told = readonly [what: string, ...facts: unknown[]];

/** Writes down what it is told. */
function notingTap() {
  const told: Told[] = [];
  const tap: RequestTap = {
    queued: (id) => told.push(["queued", id]),
    answered: (id, tool, startedAt, outcome) => told.push(["answered", id, tool, startedAt, outcome]),
    sent: (id) => told.push(["sent", id]),
    streamLost: () => told.push(["streamLost"]),
    confirmed: (id) => told.push(["confirmed", id]),
    evicted: (id) => told.push(["evicted", id]),
  };
  return { told, tap };
}

/** An execution with a tap and a stream. */
function tapped(...args: Parameters<typeof executionWith>) {
  const { execution, clock } = executionWith(...args);
  const { told, tap } = notingTap();
  execution.look(tap);
  const stream = new Recorder();
  execution.attach(stream);
  told.length = 0;
  return { execution, clock, told, stream };
}

const gate = () => {
  const opens: ((value?: unknown) => void)[] = [];
  const fails: ((error: Error) => void)[] = [];
  const execute = () =>
    new Promise((resolve, reject) => {
      opens.push(resolve);
      fails.push(reject);
    });
  return { execute, opens, fails };
};

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a tap", () => {
  it("is told of an answer that is made at once, sent and confirmed", () => {
    const { execution, told } = tapped(() => "at once");
    execution.dispatch(request("a", {}, { capabilityId: "add" }));
    execution.confirm(execution.mark());
    expect(told).toEqual([
      ["answered", "a", "add", 0, "ok"],
      ["sent", "a"],
      ["confirmed", "a"],
    ]);
  });

  it("is told of answers that come later, with a result and with an error", async () => {
    const { execute, opens, fails } = gate();
    const { execution, clock, told } = tapped(execute);
    execution.dispatch(request("a"));
    clock.now = 5;
    execution.dispatch(request("b"));
    clock.now = 9;
    opens[0]?.("done");
    fails[1]?.(new Error("planted-secret"));
    await settled();
    expect(told).toEqual([
      ["answered", "a", undefined, 0, "ok"],
      ["sent", "a"],
      ["answered", "b", undefined, 5, "error"],
      ["sent", "b"],
    ]);
    expect(JSON.stringify(told)).not.toContain("planted");
  });

  it("is told of handlers that throw at once, and of results that cannot be sent", () => {
    const { execution, told } = tapped((asked) => {
      if (asked.json() === "throw") throw new Error("no");
      return () => "no JSON";
    });
    execution.dispatch(request("a", "throw"));
    execution.dispatch(request("b"));
    expect(told.filter(([what]) => what === "answered")).toEqual([
      ["answered", "a", undefined, 0, "error"],
      ["answered", "b", undefined, 0, "error"],
    ]);
  });

  it("is told who waits, who is refused, and when the handler of one that waited began", async () => {
    const { execute, opens } = gate();
    const { execution, clock, told } = tapped(execute, { maxConcurrentRequests: 1, maxQueuedRequests: 1 });
    for (const id of ["a", "b", "c"]) execution.dispatch(request(id));
    execution.refuseOversized("d", 9_999);
    clock.now = 30;
    opens[0]?.();
    await settled();
    clock.now = 40;
    opens[1]?.();
    await settled();
    expect(told).toEqual([
      ["queued", "b"],
      ["answered", "c", undefined, undefined, "refused"],
      ["sent", "c"],
      ["answered", "d", undefined, undefined, "refused"],
      ["sent", "d"],
      ["answered", "a", undefined, 0, "ok"],
      ["sent", "a"],
      ["answered", "b", undefined, 30, "ok"],
      ["sent", "b"],
    ]);
  });

  it("is told of a time-out once, whatever the handler does later", async () => {
    vi.useFakeTimers();
    try {
      const { execute, opens } = gate();
      const { execution, clock, told } = tapped(execute, { requestTimeoutMs: 100 });
      execution.dispatch(request("a"));
      clock.now = 100;
      await vi.advanceTimersByTimeAsync(200);
      opens[0]?.("late");
      await vi.advanceTimersByTimeAsync(0);
      expect(told).toEqual([
        ["answered", "a", undefined, 0, "timeout"],
        ["sent", "a"],
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is told what a drain refuses and cancels", () => {
    const { execute } = gate();
    const { execution, told } = tapped(execute, { maxConcurrentRequests: 1 });
    execution.dispatch(request("a"));
    execution.dispatch(request("b"));
    execution.drain();
    execution.dispatch(request("c"));
    execution.cancelRunning();
    expect(told.filter(([what]) => what === "answered")).toEqual([
      ["answered", "c", undefined, undefined, "refused"],
      ["answered", "b", undefined, undefined, "refused"],
      ["answered", "a", undefined, 0, "cancelled"],
    ]);
  });

  it("is told of a stream that is lost before the confirmation, and that the answer goes out again", () => {
    const { execution, told, stream } = tapped(() => 1);
    execution.dispatch(request("a"));
    execution.detach(stream);
    execution.dispatch(request("b"));
    execution.attach(new Recorder());
    execution.confirm(execution.mark());
    expect(told).toEqual([
      ["answered", "a", undefined, 0, "ok"],
      ["sent", "a"],
      ["streamLost"],
      ["answered", "b", undefined, 0, "ok"],
      ["streamLost"],
      ["sent", "a"],
      ["sent", "b"],
      ["confirmed", "a"],
      ["confirmed", "b"],
    ]);
  });

  it("is told of an answer that waits for room when it is sent, and of one that is given up", () => {
    const { execution, told, stream, clock } = tapped(() => 1, {
      outbox: { maxBytes: 1_000_000, maxAgeMs: 10 },
    });
    stream.roomy = false;
    execution.dispatch(request("a"));
    execution.dispatch(request("b"));
    stream.roomy = true;
    execution.writable();
    clock.now = 20;
    execution.dispatch(request("c"));
    expect(told.map(([what, id]) => [what, id])).toEqual([
      ["answered", "a"],
      ["sent", "a"],
      ["answered", "b"],
      ["sent", "b"],
      ["answered", "c"],
      ["evicted", "a"],
      ["evicted", "b"],
      ["sent", "c"],
    ]);
  });

  it("is told nothing any more when it is taken away", () => {
    const { execution, told } = tapped(() => 1);
    execution.look(undefined);
    execution.dispatch(request("a"));
    execution.confirm(execution.mark());
    expect(told).toEqual([]);
  });
});

it("the oldest requests without an answer are listed, those that run first", () => {
  const { execute } = gate();
  const { execution, clock } = executionWith(execute, { maxConcurrentRequests: 2, maxQueuedRequests: 5 });
  for (const id of ["a", "b", "c", "d"]) {
    execution.dispatch(request(id, {}, { capabilityId: id === "c" ? "" : "work" }));
    clock.now += 1;
  }
  const seen = (most: number) =>
    execution
      .open(most)
      .map(({ requestId, capabilityId, startedAt }) => [requestId, capabilityId, startedAt]);
  expect(seen(10)).toEqual([
    ["a", "work", 0],
    ["b", "work", 1],
    ["c", undefined, undefined],
    ["d", "work", undefined],
  ]);
  expect(seen(3).map(([id]) => id)).toEqual(["a", "b", "c"]);
  expect(seen(1).map(([id]) => id)).toEqual(["a"]);
});

it("a request reads the clock no more often because somebody may look", () => {
  let reads = 0;
  const { execution } = executionWith(() => 1, {
    now: () => {
      reads += 1;
      return 0;
    },
  });
  execution.attach(new Recorder());
  execution.dispatch(request("warm"));
  const before = reads;
  execution.dispatch(request("a"));
  const each = reads - before;
  const { tap } = notingTap();
  execution.look(tap);
  execution.look(undefined);
  execution.dispatch(request("b"));
  expect(reads - before).toBe(2 * each);
});

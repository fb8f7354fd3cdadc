import { describe, expect, it } from "vitest";
import { Slots } from "../../src/execution/slots.js";
import { executionWith, Recorder, request } from "../support/work-rig.js";

/** An execution whose handlers end when the test says so, and a gateway that always has more requests. */
function rig(maxConcurrentRequests: number | { least: number; most: number }, maxQueuedRequests: number) {
  const open: (() => void)[] = [];
  const { execution, clock } = executionWith(
    // biome-ignore lint/suspicious/noThenProperty: it settles at once, so that no test waits for a turn
    (asked) => ({ then: (done: (value: unknown) => void) => void open.push(() => done(asked.json())) }),
    { maxConcurrentRequests, maxQueuedRequests },
  );
  const stream = new Recorder();
  execution.attach(stream);
  let asked = 0;
  const ask = () => {
    asked += 1;
    execution.dispatch(request(`r${asked}`));
  };
  return {
    execution,
    stream,
    ask,
    /** So many times all that run end after `ms`, and as many come. */
    serve(times: number, ms: number) {
      for (let i = 0; i < times; i += 1) {
        const ending = open.splice(0);
        for (const _ of ending) ask();
        clock.now += ms;
        for (const end of ending) end();
        // What the gateway has confirmed is no longer kept.
        execution.confirm(execution.mark());
      }
    },
  };
}

describe("slots", () => {
  it("are two numbers where their number is fixed", () => {
    const { execution, ask, stream } = rig(2, 3);
    expect(execution.slots).toMatchObject({ count: 2, waiting: 3, moving: undefined });
    for (let i = 0; i < 6; i += 1) ask();
    expect(execution.work).toEqual({ running: 2, queued: 3, slots: 2, unconfirmed: 1 });
    expect(stream.answers.map(({ error }) => error)).toEqual(["overloaded: too many requests are waiting"]);
  });

  it("begin in the middle of their bounds, with as large a part of the queue", () => {
    const { execution, ask, stream } = rig({ least: 1, most: 16 }, 100);
    for (let i = 0; i < 30; i += 1) ask();
    expect(execution.work).toEqual({ running: 4, queued: 25, slots: 4, unconfirmed: 1 });
    expect(stream.answers).toMatchObject([
      { requestId: "r30", success: false, error: "overloaded: too many requests are waiting" },
    ]);
    expect(execution.counters.overloads).toBe(1);
  });

  it("let no request wait where none may", () => {
    const { execution, ask } = rig({ least: 1, most: 16 }, 0);
    for (let i = 0; i < 5; i += 1) ask();
    expect(execution.work).toMatchObject({ running: 4, queued: 0 });
  });

  it("become more while requests are quick, and fewer when they are slow: what waits is started, and less may wait", () => {
    const { execution, ask, serve } = rig({ least: 1, most: 16 }, 160);
    for (let i = 0; i < 30; i += 1) ask();
    serve(1_000, 5);
    const { slots } = execution.work;
    expect(slots).toBeGreaterThan(4);
    expect(execution.running).toBe(slots);
    expect(execution.slots.waiting).toBe(slots * 10);
    serve(6, 200);
    expect(execution.work.slots).toBeLessThan(slots);
    expect(execution.slots.waiting).toBe(execution.work.slots * 10);
    expect(execution.running).toBe(execution.work.slots);
  });

  it("are not given to what comes while requests are held back", () => {
    const { execution, ask } = rig({ least: 1, most: 16 }, 100);
    const release = execution.hold();
    ask();
    expect(execution.work).toMatchObject({ running: 0, queued: 1 });
    release();
    expect(execution.work).toMatchObject({ running: 1, queued: 0 });
  });

  it("become fewer while the event loop turns late, which is looked at once for a window of requests", () => {
    let now = 0;
    const due: (() => void)[] = [];
    const slots = new Slots({
      maxConcurrentRequests: { least: 2, most: 50 },
      maxQueuedRequests: 100,
      now: () => now,
      soon: (act) => due.push(act),
    });
    const begun = slots.count;
    let looks = 0;
    const serve = (times: number, lagMs: number) => {
      for (let i = 0; i < times; i += 1) {
        slots.moving?.started(slots.count);
        now += 5;
        slots.moving?.ended(now - 20, "ok");
        const look = due.pop();
        if (!look) continue;
        looks += 1;
        now += lagMs;
        look();
      }
    };
    serve(1_000, 1);
    expect(slots.count).toBeGreaterThan(begun);
    expect(looks).toBeLessThanOrEqual(1_000 / 30);
    serve(3_000, 200);
    expect(slots.count).toBe(2);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { executionWith, Recorder, request, valueIn } from "../support/work-rig.js";

describe("answers", () => {
  it("[C14 #12] [C16 #14 #63] [T12.5 #13 #14] passes value, capability and the whole context to the handler, and answers under its id", () => {
    const seen: unknown[] = [];
    const { execution } = executionWith((asked, context) => {
      seen.push(asked.json(), context.capabilityId, context.context, context.requestId);
      return { ok: true };
    });
    const stream = new Recorder();
    execution.attach(stream);
    const context = { tenant_id: "t", user_id: "u", "x-invoke-depth": "1" };
    execution.dispatch(request("req-ctx-1", { a: 1 }, { context, capabilityId: "cap" }));
    execution.dispatch(request("req-legacy-1", {}));
    expect(seen.slice(0, 4)).toEqual([{ a: 1 }, "cap", context, "req-ctx-1"]);
    expect(seen[5]).toBeUndefined();
    expect(stream.answers).toMatchObject([
      { requestId: "req-ctx-1", success: true, payloadEncoding: 1, error: "" },
      { requestId: "req-legacy-1", success: true },
    ]);
  });

  it("[C16 #21] [T12.3 I4] a failure carries its text twice: as error and in the payload", () => {
    const { execution } = executionWith(() => {
      throw new Error("Test error");
    });
    const stream = new Recorder();
    execution.attach(stream);
    execution.dispatch(request("r"));
    expect(stream.answers[0]).toMatchObject({ success: false, error: "Test error", payloadEncoding: 1 });
    expect(valueIn(stream.answers[0] ?? (request("x") as never))).toEqual({
      error: "Test error",
      success: false,
    });
    expect(execution.counters).toMatchObject({
      requests_received: 1,
      requests_processed: 0,
      requests_failed: 1,
    });
  });

  it("[C14 #58] counts what the protocol counts", async () => {
    const { execution, clock } = executionWith(async (asked) => {
      clock.now += 7;
      return asked.json();
    });
    execution.attach(new Recorder());
    execution.dispatch(request("a", "xy"));
    await Promise.resolve();
    await Promise.resolve();
    expect(execution.counters).toEqual({
      requests_received: 1,
      requests_processed: 1,
      requests_failed: 0,
      bytes_received: 4,
      bytes_sent: 4,
      total_duration_ms: 7,
      last_request_at_ms: 1_000,
      timeouts: 0,
      overloads: 0,
      duplicates: 0,
      evicted: 0,
    });
  });

  it("[C17 #7] keeps the slots, queues in order, and refuses past the queue", async () => {
    const release: (() => void)[] = [];
    const { execution } = executionWith(
      (asked) => new Promise((resolve) => release.push(() => resolve(asked.json()))),
    );
    const stream = new Recorder();
    execution.attach(stream);
    for (const id of ["a", "b", "c", "d", "e"]) execution.dispatch(request(id));
    expect({ running: execution.running, queued: execution.queued }).toEqual({ running: 2, queued: 2 });
    expect(stream.answers).toMatchObject([
      { requestId: "e", success: false, error: "overloaded: too many requests are waiting" },
    ]);
    for (let i = 0; i < 4; i += 1) {
      release[i]?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(stream.ids).toEqual(["e", "a", "b", "c", "d"]);
    expect(execution.counters.overloads).toBe(1);
  });

  it("does not run a request twice: while it runs, while it waits, or while its answer is kept", () => {
    let runs = 0;
    let finish: (value: unknown) => void = () => {};
    const { execution } = executionWith((asked) => {
      runs += 1;
      return asked.json() === "slow"
        ? new Promise((resolve) => {
            finish = resolve;
          })
        : asked.json();
    });
    const stream = new Recorder();
    execution.attach(stream);
    execution.dispatch(request("done"));
    execution.dispatch(request("done"));
    expect(stream.ids).toEqual(["done", "done"]);
    execution.dispatch(request("slow"));
    execution.dispatch(request("slow"));
    expect(runs).toBe(2);
    expect(execution.counters.duplicates).toBe(2);
    finish(1);
  });

  it("makes signals only for handlers that look at them, aborted already when they look late", () => {
    const contexts: { signal: AbortSignal; draining: AbortSignal }[] = [];
    const { execution } = executionWith((_, context) => {
      contexts.push(context);
      return new Promise(() => {});
    });
    execution.attach(new Recorder());
    execution.dispatch(request("a"));
    execution.drain();
    expect(contexts[0]?.draining.aborted).toBe(true);
    execution.cancelRunning();
    expect(contexts[0]?.signal.aborted).toBe(true);
    expect(execution.report()).toMatchObject({ cancelled: 1, lost: ["a"] });
  });
});

describe("the outbox", () => {
  it("sends what is unconfirmed again on the next stream, first and in order", () => {
    const { execution } = executionWith((asked) => asked.json());
    const first = new Recorder();
    execution.attach(first);
    for (const id of ["a", "b", "c"]) execution.dispatch(request(id));
    execution.confirm(1);
    execution.dispatch(request("d"));
    execution.detach(first);
    execution.dispatch(request("e"));
    const second = new Recorder();
    execution.attach(second);
    execution.dispatch(request("f"));
    expect(second.ids).toEqual(["b", "c", "d", "e", "f"]);
    expect(execution.unconfirmed).toBe(5);
    execution.confirm(execution.mark());
    expect(execution.unconfirmed).toBe(0);
  });

  it("is not confirmed by a mark of an earlier stream", () => {
    const { execution } = executionWith((asked) => asked.json());
    const first = new Recorder();
    execution.attach(first);
    execution.dispatch(request("a"));
    const mark = execution.mark();
    execution.detach(first);
    execution.attach(new Recorder());
    execution.confirm(mark);
    expect(execution.unconfirmed).toBe(1);
  });

  it("gives up the oldest beyond its bound by bytes or age, and counts it", () => {
    const { execution, clock } = executionWith((asked) => asked.json(), {
      outbox: { maxBytes: 900, maxAgeMs: 100 },
    });
    for (const id of ["a", "b", "c", "d", "e"]) execution.dispatch(request(id, "x".repeat(50)));
    expect(execution.unconfirmed).toBe(3);
    clock.now = 200;
    execution.dispatch(request("f"));
    expect(execution.report().lost).toEqual(["f"]);
    expect(execution.counters.evicted).toBe(5);
  });

  it("waits for room, then goes on in order", () => {
    const { execution } = executionWith((asked) => asked.json());
    const stream = new Recorder();
    execution.attach(stream);
    stream.roomy = false;
    execution.dispatch(request("a"));
    execution.dispatch(request("b"));
    execution.dispatch(request("c"));
    expect(stream.ids).toEqual(["a"]);
    stream.roomy = true;
    execution.writable();
    expect(stream.ids).toEqual(["a", "b", "c"]);
  });

  it("tells when work is finished and when it is settled", () => {
    const { execution } = executionWith((asked) => asked.json());
    const told: string[] = [];
    const leave = execution.watch({
      finished: (left) => told.push(`finished ${left}`),
      settled: () => told.push("settled"),
    });
    execution.attach(new Recorder());
    execution.dispatch(request("a"));
    execution.confirm(execution.mark());
    leave();
    execution.dispatch(request("b"));
    expect(told).toEqual(["settled", "finished 1", "settled"]);
  });

  it("holds new requests until released", () => {
    const { execution } = executionWith((asked) => asked.json());
    const stream = new Recorder();
    execution.attach(stream);
    const release = execution.hold();
    execution.dispatch(request("a"));
    expect(stream.ids).toEqual([]);
    release();
    release();
    expect(stream.ids).toEqual(["a"]);
  });

  it("loses nothing and answers each request once per stream, over any order of events", () => {
    type Step = "request" | "settle" | "disconnect" | "connect" | "confirm" | "repeat";
    const steps = fc.array(
      fc.constantFrom<Step>("request", "settle", "disconnect", "connect", "confirm", "repeat"),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (order) => {
        const open: (() => void)[] = [];
        // Settling is synchronous here, so that the property needs no event loop.
        const { execution } = executionWith(
          // biome-ignore lint/suspicious/noThenProperty: a thenable is what is wanted
          (asked) => ({ then: (done: (value: unknown) => void) => void open.push(() => done(asked.json())) }),
          { maxConcurrentRequests: 1_000 },
        );
        let stream: Recorder | undefined;
        let asked = 0;
        let answered = 0;
        const confirmed = new Set<string>();
        for (const step of order) {
          if (step === "request") {
            asked += 1;
            execution.dispatch(request(`r${asked}`));
          }
          if (step === "repeat" && asked > 0) {
            const before = stream?.ids.length ?? 0;
            execution.dispatch(request(`r${asked}`));
            // A request that is confirmed already may run again; any other is not run twice.
            if (confirmed.has(`r${asked}`)) open.pop();
            expect((stream?.ids.length ?? 0) - before).toBeLessThanOrEqual(1);
            if (confirmed.has(`r${asked}`)) return;
          }
          if (step === "settle" && open.length > 0) {
            open.shift()?.();
            answered += 1;
          }
          if (step === "disconnect" && stream) {
            execution.detach(stream);
            stream = undefined;
          }
          if (step === "connect" && !stream) {
            stream = new Recorder();
            execution.attach(stream);
            expect(new Set(stream.ids).size).toBe(stream.ids.length);
          }
          if (step === "confirm" && stream) {
            for (const id of stream.ids) confirmed.add(id);
            execution.confirm(execution.mark());
          }
          // Every answered request is confirmed or still kept.
          expect(confirmed.size + execution.unconfirmed).toBeGreaterThanOrEqual(answered);
          expect(execution.running).toBe(open.length);
        }
        const last = new Recorder();
        if (stream) execution.detach(stream);
        execution.attach(last);
        expect(last.ids.filter((id) => confirmed.has(id))).toEqual([]);
        expect(new Set([...last.ids, ...confirmed]).size).toBe(answered);
      }),
      { numRuns: 300 },
    );
  });
});

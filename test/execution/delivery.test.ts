import { describe, expect, it } from "vitest";
import { executionWith, Recorder, request } from "../support/work-rig.js";

const big = (asked: { json(): unknown }) => asked.json();

describe("back-pressure", () => {
  it("[C17 #9] stops sending until there is room, keeps the order, and stops again where room ends", () => {
    const { execution } = executionWith(big);
    const stream = new Recorder();
    execution.attach(stream);
    stream.roomy = false;
    for (const id of ["a", "b", "c"]) execution.dispatch(request(id));
    expect(stream.ids).toEqual(["a"]);
    execution.writable();
    expect(stream.ids).toEqual(["a", "b"]);
    stream.roomy = true;
    execution.writable();
    execution.dispatch(request("d"));
    expect(stream.ids).toEqual(["a", "b", "c", "d"]);
  });

  it("is saturated while answers wait for room beyond half of the outbox", () => {
    const { execution } = executionWith(big, { outbox: { maxBytes: 4_000, maxAgeMs: 1_000 } });
    const stream = new Recorder();
    execution.attach(stream);
    stream.roomy = false;
    execution.dispatch(request("a", "x".repeat(900)));
    expect(execution.saturated).toBe(false);
    execution.dispatch(request("b", "x".repeat(900)));
    expect(execution.saturated).toBe(true);
    stream.roomy = true;
    execution.writable();
    expect(execution.saturated).toBe(false);
  });

  it("confirms no more than lay before each of several marks", () => {
    const { execution } = executionWith(big);
    execution.attach(new Recorder());
    execution.dispatch(request("a"));
    const first = execution.mark();
    execution.dispatch(request("b"));
    const second = execution.mark();
    execution.dispatch(request("c"));
    execution.confirm(first);
    expect(execution.report().lost).toEqual(["b", "c"]);
    execution.confirm(second);
    expect(execution.report().lost).toEqual(["c"]);
  });

  it("does not confirm what was still waiting for room when the mark was taken", () => {
    const { execution } = executionWith(big);
    const stream = new Recorder();
    execution.attach(stream);
    stream.roomy = false;
    execution.dispatch(request("a"));
    execution.dispatch(request("b"));
    const mark = execution.mark();
    stream.roomy = true;
    execution.writable();
    execution.confirm(mark);
    expect(execution.report().lost).toEqual(["b"]);
  });
});

describe("unconfirmed answers", () => {
  it("are given up on the next stream when they are too old by then, and counted", () => {
    const { execution, clock } = executionWith(big, { outbox: { maxBytes: 10_000, maxAgeMs: 100 } });
    execution.dispatch(request("old"));
    clock.now = 60;
    execution.dispatch(request("young"));
    clock.now = 150;
    const told: number[] = [];
    execution.watch({ finished: (left) => told.push(left), settled: () => told.push(0) });
    const stream = new Recorder();
    execution.attach(stream);
    expect(stream.ids).toEqual(["young"]);
    expect(execution.counters.evicted).toBe(1);
    expect(told).toEqual([2, 1]);
  });

  it("go out once per stream although the sender attaches again", () => {
    const { execution } = executionWith(big);
    execution.dispatch(request("a"));
    const stream = new Recorder();
    execution.attach(stream);
    execution.attach(stream);
    expect(stream.ids).toEqual(["a"]);
  });

  it("stay with the present stream when an earlier one reports its end late", () => {
    const { execution } = executionWith(big);
    const [first, second] = [new Recorder(), new Recorder()];
    execution.attach(first);
    execution.attach(second);
    execution.detach(first);
    execution.dispatch(request("a"));
    expect([first.ids, second.ids]).toEqual([[], ["a"]]);
  });
});

describe("watching", () => {
  it("counts held requests as nothing running, but not as settled", () => {
    const { execution } = executionWith(big);
    execution.attach(new Recorder());
    const release = execution.hold();
    const told: string[] = [];
    execution.watch({
      finished: (left) => told.push(`finished ${left}`),
      settled: () => told.push("settled"),
    });
    execution.dispatch(request("a"));
    execution.confirm(execution.mark());
    expect(told).toEqual(["settled", "finished 0"]);
    release();
    execution.confirm(execution.mark());
    expect(told.at(-1)).toBe("settled");
  });
});

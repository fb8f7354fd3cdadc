import { describe, expect, it } from "vitest";
import { type HandlerBoard, privateBoard, turnMs } from "../../src/execution/handler-board.js";
import { blockInWords, type LoopBlock } from "../../src/execution/loop-block.js";
import { LoopWatch } from "../../src/execution/loop-watch.js";
import { executionWith, request } from "../support/work-rig.js";

/** A loop whose turns come on time, until somebody blocks it. */
class SimulatedLoop {
  at = 0;
  processor = 0;
  readonly board: HandlerBoard = privateBoard();
  readonly watch: LoopWatch;
  readonly told: LoopBlock[] = [];
  readonly leave: () => void;
  #turn: (() => void) | undefined;

  constructor() {
    this.watch = new LoopWatch(this.board, {
      now: () => this.at,
      processorMs: () => this.processor,
      every: (_ms, act) => {
        this.#turn = act;
        return () => {
          this.#turn = undefined;
        };
      },
    });
    this.leave = this.watch.join((block) => this.told.push(block));
  }

  get runs(): boolean {
    return this.#turn !== undefined;
  }

  /** Something computes for so long; no turn comes meanwhile. */
  compute(ms: number): void {
    this.at += ms;
    this.processor += ms;
  }

  turn(): void {
    this.#turn?.();
  }

  idle(ms: number): void {
    for (let rest = ms; rest > 0; rest -= turnMs) {
      this.at += turnMs;
      this.turn();
    }
  }

  execution(execute: () => unknown) {
    const { execution } = executionWith(execute, { board: this.board, now: () => this.at });
    execution.attach({ send: () => true });
    return execution;
  }

  get words(): readonly string[] {
    return this.told.map(blockInWords);
  }
}

describe("a blocked event loop", () => {
  it("says nothing of a loop that turns, busy or not", () => {
    const loop = new SimulatedLoop();
    const execution = loop.execution(() => loop.compute(400));
    for (let i = 0; i < 40; i += 1) {
      execution.dispatch(request(`r-${i}`));
      loop.turn();
    }
    loop.idle(10_000);
    expect(loop.told).toEqual([]);
  });

  it("tells which handler has held it and for how long, at once", () => {
    const loop = new SimulatedLoop();
    loop.idle(1_000);
    loop.execution(() => loop.compute(12_000)).dispatch(request("r-1"));
    expect(loop.words).toEqual([
      "the event loop was blocked for 12 s by the handler `echo_test` of t.echo.i",
    ]);
    loop.turn();
    loop.idle(2_000);
    expect(loop.told).toHaveLength(1);
  });

  it("names the handler that throws in the end, and the one that returns a promise after it", () => {
    const loop = new SimulatedLoop();
    const thrower = () => {
      loop.compute(3_000);
      throw new Error("no");
    };
    loop.execution(thrower).dispatch(request("r-1"));
    loop.execution(async () => loop.compute(4_000)).dispatch(request("r-2"));
    const by = { how: "held", name: { registration: "t.echo.i", handler: "echo_test" } };
    expect(loop.told).toMatchObject([
      { ms: 3_000, by },
      { ms: 4_000, by },
    ]);
  });

  it("counts the encoding of a result as work of its handler", () => {
    const loop = new SimulatedLoop();
    loop.execution(() => ({ toJSON: () => loop.compute(2_000) })).dispatch(request("r-1"));
    expect(loop.told).toMatchObject([{ ms: 2_000, by: { how: "held" } }]);
  });

  it("says perhaps of a handler that computes after an await and then ends", async () => {
    const loop = new SimulatedLoop();
    loop.idle(1_000);
    const crunch = async () => {
      await undefined;
      loop.compute(12_000);
    };
    loop.execution(crunch).dispatch(request("r-1"));
    while (loop.told.length === 0) await undefined;
    loop.turn();
    expect(loop.words).toEqual([
      "the event loop was blocked for 12 s, perhaps by the handler `echo_test` of t.echo.i after an await: it was the first to end then",
    ]);
  });

  it("lists the handlers under way where nothing ended, and says when there were none", () => {
    const loop = new SimulatedLoop();
    loop.idle(1_000);
    loop.at += turnMs;
    loop.compute(5_000);
    loop.turn();
    loop.execution(() => new Promise(() => {})).dispatch(request("r-1"));
    loop.idle(1_000);
    loop.compute(5_000 + turnMs);
    loop.turn();
    expect(loop.words).toEqual([
      "the event loop was blocked for 5 s by other code of its thread: no handler was under way",
      "the event loop was blocked for 5 s, perhaps by a handler after an await (under way: `echo_test` of t.echo.i), or by other code of its thread",
    ]);
  });

  it("accuses no handler of many short turns", () => {
    const loop = new SimulatedLoop();
    const execution = loop.execution(() => loop.compute(200));
    for (let i = 0; i < 20; i += 1) execution.dispatch(request(`r-${i}`));
    loop.turn();
    expect(loop.words).toEqual([
      "the event loop was blocked for 4 s by many short turns, none of which took a second",
    ]);
  });

  it("says that it may have been suspended when it used no processor", () => {
    const loop = new SimulatedLoop();
    loop.idle(1_000);
    loop.at += 60_000 + turnMs;
    loop.turn();
    expect(loop.words).toEqual([
      "the event loop was blocked for 60 s by other code of its thread: no handler was under way; it used 0.0 s of processor time, so it waited for something without giving way, or the process was suspended",
    ]);
  });

  it("tells ten at once, then one a minute with the sum", () => {
    const loop = new SimulatedLoop();
    const execution = loop.execution(() => loop.compute(1_500));
    for (let i = 0; i < 16; i += 1) {
      execution.dispatch(request(`r-${i}`));
      loop.turn();
    }
    expect(loop.told).toHaveLength(10);
    loop.idle(120_000);
    expect(loop.told).toHaveLength(11);
    expect(loop.told.at(-1)?.untold).toEqual({ times: 5, ms: 7_500 });
    expect(loop.words.at(-1)).toContain("; before that 5 more times, 8 s in all");
  });

  it("begins anew for who listens after all others have left", () => {
    const loop = new SimulatedLoop();
    const execution = loop.execution(() => loop.compute(1_500));
    const block = (id: string) => {
      execution.dispatch(request(id));
      loop.turn();
    };
    for (let i = 0; i < 16; i += 1) block(`r-${i}`);
    loop.leave();
    const told: LoopBlock[] = [];
    loop.watch.join((one) => told.push(one));
    block("r-16");
    expect(told).toMatchObject([{ untold: { times: 0, ms: 0 } }]);
  });

  it("is not watched when nobody listens", () => {
    const loop = new SimulatedLoop();
    loop.leave();
    loop.leave();
    expect(loop.runs).toBe(false);
    loop.execution(() => loop.compute(12_000)).dispatch(request("r-1"));
    expect(loop.told).toEqual([]);
  });

  it("outlives a listener that throws", () => {
    const loop = new SimulatedLoop();
    loop.watch.join(() => {
      throw new Error("the logger is broken");
    });
    const execution = loop.execution(() => loop.compute(2_000));
    execution.dispatch(request("r-1"));
    expect(execution.counters.requests_processed).toBe(1);
  });
});

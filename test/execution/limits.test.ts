import { create, toBinary } from "@bufbuild/protobuf";
import { RawAnswer } from "mooring";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Connector } from "../../src/connectors/connector.js";
import { Execution, type ExecutionOptions } from "../../src/execution/execution.js";
import {
  type ExecuteResponse,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { silentLogger as silent } from "../../src/logger.js";
import { echo } from "../support/connectors.js";
import { executionWith, Recorder, request, valueIn } from "../support/work-rig.js";

/** Time of the test's own: the clock and the timers move together. */
beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function timed(connector: Partial<Connector>, options: Partial<ExecutionOptions> = {}) {
  const { execution } = executionWith(() => undefined, {
    connector: { ...echo, ...connector },
    now: () => performance.now(),
    ...options,
  });
  const stream = new Recorder();
  execution.attach(stream);
  return { execution, stream };
}

/** Something to be waited for that is no Promise. */
function thenable(then: (yes: (value: number) => void, no: (error: Error) => void) => void): object {
  return { then };
}

const never = () => new Promise<never>(() => {});

describe("time limits", () => {
  it("[C14 #56] [C17 #7] answer for a handler that never settles, and abort its signal", async () => {
    const reasons: unknown[] = [];
    const { execution, stream } = timed(
      {
        execute: (_, { signal }) => {
          signal.addEventListener("abort", () => reasons.push(signal.reason));
          return never();
        },
      },
      { requestTimeoutMs: 500 },
    );
    execution.dispatch(request("a"));
    await vi.advanceTimersByTimeAsync(499);
    expect(stream.answers).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(stream.answers).toMatchObject([
      { requestId: "a", success: false, error: "timed out: the request took longer than 500 ms" },
    ]);
    expect(reasons).toEqual([new Error("timed out: the request took longer than 500 ms")]);
    expect(execution.counters).toMatchObject({ timeouts: 1, requests_failed: 1 });
    expect(execution.running).toBe(0);
  });

  it("free the slot for what waits, and ignore what the handler brings later", async () => {
    const finish: ((value: unknown) => void)[] = [];
    const { execution, stream } = timed(
      { execute: () => new Promise((resolve) => finish.push(resolve)) },
      { requestTimeoutMs: 500, maxConcurrentRequests: 1 },
    );
    execution.dispatch(request("a"));
    execution.dispatch(request("b"));
    await vi.advanceTimersByTimeAsync(600);
    expect(execution.running).toBe(1);
    finish[0]?.("late");
    finish[1]?.("in time");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(stream.answers.map(({ requestId, success }) => [requestId, success])).toEqual([
      ["a", false],
      ["b", true],
    ]);
  });

  it("need one timer, however many requests run, and none for those that answer at once", async () => {
    const { execution } = timed({ execute: (asked) => (asked.requestId.startsWith("s") ? 1 : never()) });
    for (let i = 0; i < 50; i += 1) execution.dispatch(request(`s${i}`));
    expect(vi.getTimerCount()).toBe(0);
    execution.dispatch(request("a"));
    execution.dispatch(request("b"));
    expect(vi.getTimerCount()).toBe(1);
    execution.close();
  });

  it("are the connector's rather than the runtime's, and a capability's rather than the connector's", async () => {
    const { execution, stream } = timed(
      {
        execute: never,
        timeoutMs: 1_000,
        timeoutFor: (capability) => (capability === "quick" ? 100 : undefined),
      },
      { requestTimeoutMs: 10, maxConcurrentRequests: 3 },
    );
    execution.dispatch(request("slow", 1, { capabilityId: "slow" }));
    execution.dispatch(request("quick", 1, { capabilityId: "quick" }));
    await vi.advanceTimersByTimeAsync(200);
    expect(stream.ids).toEqual(["quick"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stream.answers.map(({ error }) => error)).toEqual([
      "timed out: the request took longer than 100 ms",
      "timed out: the request took longer than 1000 ms",
    ]);
  });
});

describe("every request gets exactly one answer", () => {
  const hostile: [string, () => unknown, RegExp][] = [
    ["throws no error", () => Promise.reject("text"), /^text$/],
    ["throws nothing", () => Promise.reject(), /^undefined$/],
    ["throws what has no text", () => Promise.reject(Object.create(null)), /no text/],
    [
      "throws an error whose message is no text",
      () => Promise.reject(Object.assign(new Error(), { message: 5 })),
      /^5$/,
    ],
    ["throws an error without words", () => Promise.reject(new RangeError()), /^RangeError$/],
    ["returns a function", () => () => 1, /^Serialization error: JSON serialization failed: /],
    ["returns a bigint", () => Promise.resolve(1n), /^Serialization error: JSON serialization failed: /],
    ["returns bytes that are none", () => new RawAnswer("x" as never, 1), /^Serialization error: /],
    [
      "returns what throws when asked whether it is a promise",
      () =>
        new Proxy(
          {},
          {
            has: () => {
              throw new Error("a trap");
            },
          },
        ),
      /^a trap$/,
    ],
    [
      "returns a promise that breaks",
      () =>
        thenable(() => {
          throw new Error("broken promise");
        }),
      /^broken promise$/,
    ],
    [
      "returns a promise that settles twice",
      () =>
        thenable((yes, no) => {
          no(new Error("first"));
          yes(1);
        }),
      /^first$/,
    ],
  ];
  it.each(hostile)("[C17 #7] a handler that %s", async (_, execute, error) => {
    const { execution, stream } = timed({ execute });
    execution.dispatch(request("r"));
    await vi.advanceTimersByTimeAsync(0);
    expect(stream.answers).toHaveLength(1);
    const [answer] = stream.answers;
    expect(answer).toMatchObject({ success: false, payloadEncoding: 1, error: expect.stringMatching(error) });
    expect(valueIn(answer!)).toEqual({ error: answer?.error, success: false });
    expect(execution.running).toBe(0);
    execution.close();
  });

  it("a result in bytes of its own travels as it is", () => {
    const { execution, stream } = timed({ execute: () => new RawAnswer(new Uint8Array([0, 255]), 6) });
    execution.dispatch(request("r"));
    expect(stream.answers).toMatchObject([
      { success: true, payload: new Uint8Array([0, 255]), payloadEncoding: 6 },
    ]);
  });

  it("a result that no message can carry is a failure: kept, it would end one stream after the other", () => {
    const { execution, stream } = timed({ execute: () => "x".repeat(20_000) }, { maxMessageBytes: 16_384 });
    execution.dispatch(request("r"));
    expect(stream.answers).toMatchObject([
      {
        success: false,
        error: "Serialization error: the result of 20002 bytes does not fit into a message of 16384 bytes",
      },
    ]);
  });

  const sizeOf = (answer: ExecuteResponse | undefined): number =>
    toBinary(
      StreamMessageSchema,
      create(StreamMessageSchema, { message: { case: "executeResponse", value: answer ?? fail() } }),
    ).length;
  const fail = (): never => {
    throw new Error("There is no answer.");
  };

  it.each([0, 1])("a result is judged by the finished message: %i bytes above the limit", (more) => {
    const id = "ü".repeat(200);
    const { execution, stream } = timed({
      execute: (asked) => new RawAnswer(new Uint8Array(Number(asked.json())), 2),
    });
    execution.dispatch(request(id, 3_000));
    const bytes = sizeOf(stream.answers[0]);
    const limited = timed(
      { execute: (asked) => new RawAnswer(new Uint8Array(Number(asked.json())), 2) },
      { maxMessageBytes: bytes - more },
    );
    limited.execution.dispatch(request(id, 3_000));
    expect(limited.stream.answers).toMatchObject([{ requestId: id, success: more === 0 }]);
    expect(sizeOf(limited.stream.answers[0])).toBeLessThanOrEqual(bytes - more);
  });

  const failures: Readonly<Record<string, (maxMessageBytes: number, id: string) => Recorder>> = {
    "an error": (maxMessageBytes, id) => {
      const execute = () => {
        throw new Error('"\u0001ü'.repeat(10_000));
      };
      const { execution, stream } = timed({ execute }, { maxMessageBytes });
      execution.dispatch(request(id));
      return stream;
    },
    "a shutdown": (maxMessageBytes, id) => {
      const { execution, stream } = timed({ execute: never }, { maxMessageBytes });
      execution.dispatch(request("runs"));
      execution.drain();
      execution.dispatch(request(id));
      execution.close();
      return stream;
    },
    "an overload": (maxMessageBytes, id) => {
      const full = { maxMessageBytes, maxConcurrentRequests: 1, maxQueuedRequests: 0 };
      const { execution, stream } = timed({ execute: never }, full);
      execution.dispatch(request("runs"));
      execution.dispatch(request(id));
      execution.close();
      return stream;
    },
    "a result": (maxMessageBytes, id) => {
      const { execution, stream } = timed({ execute: () => "x".repeat(20_000) }, { maxMessageBytes });
      execution.dispatch(request(id));
      return stream;
    },
    "a request that was read past": (maxMessageBytes, id) => {
      const { execution, stream } = timed({}, { maxMessageBytes });
      execution.refuseOversized(id, 2 ** 32 - 1);
      return stream;
    },
    "a drain's end": (maxMessageBytes, id) => {
      const { execution, stream } = timed({ execute: never }, { maxMessageBytes });
      execution.dispatch(request(id));
      execution.cancelRunning();
      execution.close();
      return stream;
    },
  };
  const kinds = Object.entries(failures);

  it.each(kinds)("%s fits beside the smallest limit and the longest id", (_, fails) => {
    for (const letter of ["i", "ü", "€"]) {
      const id = letter.repeat(256);
      const [answer] = fails(1_024, id).answers;
      expect(answer).toMatchObject({ requestId: id, success: false });
      expect(answer?.error).not.toBe("");
      expect(sizeOf(answer)).toBeLessThanOrEqual(1_024);
    }
  });

  it("an id that no answer can carry is counted and logged, and nothing runs", () => {
    const warnings: unknown[] = [];
    const logger = { ...silent, warn: (...told: unknown[]) => void warnings.push(told) };
    const { execution, stream } = timed({}, { logger });
    for (const length of [1_025, 100_000]) execution.dispatch(request("i".repeat(length)));
    execution.refuseOversized("i".repeat(1_025), 5_000_000);
    execution.refuseOversized("", 5_000_000);
    expect(stream.answers).toEqual([]);
    expect(execution.counters).toMatchObject({ requests_received: 4, requests_failed: 4 });
    expect(warnings).toHaveLength(4);
    execution.dispatch(request("i".repeat(1_024)));
    expect(stream.answers).toHaveLength(1);
  });

  it("a request that was read past is one of those that run or were answered", () => {
    let runs = 0;
    const { execution, stream } = timed({ execute: () => ++runs });
    execution.dispatch(request("a"));
    execution.refuseOversized("a", 5_000_000);
    expect(stream.answers.map(valueIn)).toEqual([1, 1]);
    expect(execution.counters.duplicates).toBe(1);
  });

  it("an error text without end is cut", () => {
    const { execution, stream } = timed({ execute: () => Promise.reject(new Error("y".repeat(1e6))) });
    execution.dispatch(request("r"));
    return vi.advanceTimersByTimeAsync(0).then(() => {
      expect(stream.answers[0]?.error.length).toBeLessThan(10_000);
      execution.close();
    });
  });
});

describe("slots", () => {
  it("[C14 #25 #56] [T12.1 G5] never run more handlers at once than allowed, and run all of a burst", async () => {
    let running = 0;
    let peak = 0;
    const { execution, stream } = timed(
      {
        execute: async () => {
          running += 1;
          peak = Math.max(peak, running);
          await new Promise((resolve) => setTimeout(resolve, 200));
          running -= 1;
        },
      },
      { maxConcurrentRequests: 2, maxQueuedRequests: 100 },
    );
    for (let i = 0; i < 10; i += 1) execution.dispatch(request(`r${i}`));
    await vi.advanceTimersByTimeAsync(1_000);
    expect({ peak, answers: stream.answers.length }).toEqual({ peak: 2, answers: 10 });
    execution.close();
  });

  it("run a long queue of handlers that answer at once without nesting", () => {
    const { execution, stream } = timed(
      { execute: () => 1 },
      { maxConcurrentRequests: 1, maxQueuedRequests: 1e5 },
    );
    const release = execution.hold();
    for (let i = 0; i < 20_000; i += 1) execution.dispatch(request(`r${i}`));
    expect(stream.answers).toEqual([]);
    release();
    expect(stream.ids.slice(0, 2)).toEqual(["r0", "r1"]);
    expect(stream.answers).toHaveLength(20_000);
  });
});

describe("the end", () => {
  it("draining refuses what is new and runs what was taken", async () => {
    const finish: (() => void)[] = [];
    const { execution, stream } = timed(
      { execute: () => new Promise<void>((resolve) => finish.push(resolve)) },
      { maxConcurrentRequests: 1 },
    );
    execution.dispatch(request("running"));
    execution.dispatch(request("waiting"));
    execution.drain();
    execution.dispatch(request("new"));
    finish[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    finish[1]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(stream.answers.map(({ requestId, success }) => [requestId, success])).toEqual([
      ["new", false],
      ["running", true],
      ["waiting", true],
    ]);
    expect(stream.answers[0]?.error).toBe("shutting down: the connector takes no new requests");
    expect(execution.report()).toEqual({
      finished: 2,
      handedBack: 1,
      cancelled: 0,
      lost: ["new", "running", "waiting"],
    });
    execution.confirm(execution.mark());
    expect(execution.report().lost).toEqual([]);
    execution.close();
  });

  it("draining leaves what comes to the next stream once nothing runs", () => {
    const { execution, stream } = timed({ execute: (asked) => asked.requestId });
    execution.dispatch(request("before"));
    execution.drain();
    execution.dispatch(request("after"));
    execution.refuseOversized("large", 5_000_000);
    expect(stream.ids).toEqual(["before"]);
    expect(execution.report()).toMatchObject({ handedBack: 2, lost: ["before"] });
    execution.close();
  });

  it("cancelling answers for what runs, refuses what waits, and starts nothing more", () => {
    const started: string[] = [];
    const signals: AbortSignal[] = [];
    const { execution, stream } = timed(
      {
        execute: (asked, { signal }) => {
          started.push(asked.requestId);
          signals.push(signal);
          return never();
        },
      },
      { maxConcurrentRequests: 1 },
    );
    execution.dispatch(request("running"));
    execution.dispatch(request("waiting"));
    execution.drain();
    execution.cancelRunning();
    expect(started).toEqual(["running"]);
    expect(signals[0]?.aborted).toBe(true);
    expect(stream.answers.map(({ requestId, error }) => [requestId, error]).sort()).toEqual([
      ["running", "cancelled: the connector is shutting down"],
      ["waiting", "cancelled: the connector is shutting down"],
    ]);
    expect(execution.report()).toMatchObject({ finished: 0, handedBack: 1, cancelled: 1 });
    execution.close();
  });

  it("closing aborts what runs, starts nothing that waits, and reports both as lost", async () => {
    const started: string[] = [];
    const { execution } = timed(
      {
        execute: (asked, { signal }) => {
          started.push(asked.requestId);
          return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        },
      },
      { maxConcurrentRequests: 1 },
    );
    execution.dispatch(request("running"));
    execution.dispatch(request("waiting"));
    execution.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(started).toEqual(["running"]);
    expect([...execution.report().lost].sort()).toEqual(["running", "waiting"]);
  });
});

describe("an execution at work", () => {
  it("makes no signal that a handler does not look at, and says nothing", () => {
    const made = vi.spyOn(globalThis, "AbortController");
    const said: string[] = [];
    const say = (_: object, text: string) => void said.push(text);
    const logger = { debug: say, info: say, warn: say, error: say };
    const { execution, stream } = timed({ execute: (asked) => asked.json() }, { logger });
    for (let i = 0; i < 10; i += 1) execution.dispatch(request(`r${i}`));
    expect(stream.answers).toHaveLength(10);
    expect(made).not.toHaveBeenCalled();
    expect(said).toEqual([]);
    made.mockRestore();
    expect(execution).toBeInstanceOf(Execution);
  });
});

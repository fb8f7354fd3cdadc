import {
  defineTool,
  jsonSchema,
  MooringError,
  type RequestContext,
  silentLogger,
  ToolError,
  toolConnector,
} from "mooring";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { ExecutionOptions } from "../../src/execution/execution.js";
import { executionWith, Recorder, request } from "../support/work-rig.js";

const anything = jsonSchema({ type: "object" });

/** An execution of the handler, and the lines of its log at `error`. */
function logged(execute: Parameters<typeof executionWith>[0], options: Partial<ExecutionOptions> = {}) {
  const lines: unknown[] = [];
  const error = (fields: object, message: string) => void lines.push({ ...fields, message });
  const rig = executionWith(execute, { ...options, logger: { ...silentLogger, error } });
  rig.execution.attach(new Recorder());
  return { ...rig, lines };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("an error that nobody meant to throw", () => {
  const boom = new TypeError("boom");

  it.each([
    [
      "throws",
      () => {
        throw boom;
      },
    ],
    ["rejects with", () => Promise.reject(boom)],
  ])(
    "which a handler %s is logged once, with what it takes to find it and without a word of the request",
    async (_, execute) => {
      const { execution, lines } = logged(execute);
      execution.dispatch(request("r-1", "the payload", { capabilityId: "add" }));
      await settled();
      expect(lines).toEqual([
        {
          registration: "t.echo.i",
          requestId: "r-1",
          error: "TypeError",
          stack: expect.stringMatching(/^ {4}at .*unexpected\.test\.ts:\d+:\d+/),
          message: "a handler threw an unexpected error",
        },
      ]);
    },
  );

  it.each([
    [
      "at once",
      () => {
        throw boom;
      },
    ],
    ["later", () => Promise.reject(boom)],
  ])("is logged when a tool throws it %s", async (_, run) => {
    const tool = defineTool({ name: "add", description: "adds", input: anything, run });
    const { connectorType: _type, execute } = toolConnector("tools", [tool]);
    const { execution, lines } = logged(execute as never); // the rig's requests are whole
    execution.dispatch(request("req-1", {}, { capabilityId: "add" }));
    await settled();
    expect(lines).toMatchObject([{ error: "TypeError", requestId: "req-1", tool: "add" }]);
  });

  it.each([["a text"], [undefined], [Object.create(null)]])(
    "is logged as an error when it is none: %s",
    (thrown) => {
      const { execution, lines } = logged(() => {
        throw thrown;
      });
      execution.dispatch(request("r"));
      expect(lines).toMatchObject([{ error: "Error", stack: expect.stringContaining("    at ") }]);
    },
  );
});

describe("what tells which request it was", () => {
  const boom = () => {
    throw new TypeError("boom");
  };

  it.each([
    "7d44a1c2-0f5e-4b7e-9a51-2f3c9f1f0a11",
    "invoke-7d44a1c2-0f5e-4b7e-9a51-2f3c9f1f0a11",
    "r-1",
    "42",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
  ])("is the id %s", (id) => {
    const { execution, lines } = logged(boom);
    execution.dispatch(request(id, {}, { capabilityId: "a capability that a caller named" }));
    expect(lines).toMatchObject([{ requestId: id }]);
    expect(lines[0]).not.toHaveProperty("tool");
  });

  it.each(["words of a caller", "password=hunter2", "\x1b[2J", "1".repeat(1_000)])(
    "is no id that may be a text: %j",
    (id) => {
      const { execution, lines } = logged(boom);
      execution.dispatch(request(id));
      expect(lines).toHaveLength(1);
      expect(lines[0]).not.toHaveProperty("requestId");
    },
  );
});

describe("what neither log nor handler may spoil", () => {
  it("the requests that wait, when the logger throws", async () => {
    const error = () => {
      throw new Error("the log is full");
    };
    const { execution } = executionWith(
      (_, { requestId }) => {
        if (requestId === "r-1") throw new Error("no");
        return Promise.resolve(requestId);
      },
      { maxConcurrentRequests: 1, logger: { ...silentLogger, error } },
    );
    const recorder = new Recorder();
    execution.attach(recorder);
    for (const id of ["r-0", "r-1", "r-2"]) execution.dispatch(request(id));
    await settled();
    expect(recorder.ids).toEqual(["r-0", "r-1", "r-2"]);
  });

  it("the answer, when what was thrown cannot be looked at", async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const { execution, lines } = logged(() => {
      throw proxy;
    });
    execution.dispatch(request("r"));
    expect(execution.counters.requests_failed).toBe(1);
    expect(lines).toMatchObject([{ error: "Error" }]);
  });
});

describe("what is not logged", () => {
  it.each([
    [
      "the message, not even a line of it that looks like a call",
      new Error("the payload\n    at the payload"),
    ],
    [
      "what was its message before it was changed",
      (() => {
        const error = new Error("the payload\n    at the payload (file:///the/payload:1:1)");
        if (error.stack) error.message = "wrapped";
        return error;
      })(),
    ],
    ["a name that is no name", Object.assign(new Error("no"), { name: "the payload" })],
    ["a stack of its own", Object.assign(new Error("no"), { stack: "the payload" })],
    [
      "what cannot be read",
      Object.defineProperty(new Error("no"), "stack", {
        get() {
          throw new Error("the payload");
        },
      }),
    ],
  ])("%s", (_, thrown) => {
    const { execution, lines } = logged(() => {
      throw thrown;
    });
    execution.dispatch(request("the payload", "the payload", { capabilityId: "the payload" }));
    expect(lines).toMatchObject([{ error: expect.stringMatching(/^Error$/) }]);
    expect(JSON.stringify(lines)).not.toContain("the payload");
  });

  it.each<[string, Error]>([
    ["a tool's error", new ToolError("INVALID_PARAMS", "a: not a number")],
    ["an error of Mooring", new MooringError("DESERIALIZATION_ERROR", "Deserialization error: …")],
  ])("%s", (_, thrown) => {
    const { execution, lines } = logged(() => {
      throw thrown;
    });
    execution.dispatch(request("r"));
    expect(execution.counters.requests_failed).toBe(1);
    expect(lines).toEqual([]);
  });

  it("a tool that does not know its arguments, or that there is not", async () => {
    const run = () => {
      throw new ToolError("BROKEN", "on purpose");
    };
    const tool = defineTool({ name: "add", description: "adds", input: anything, run });
    const { execute } = toolConnector("tools", [tool]);
    const { execution, lines } = logged(execute as never); // the rig's requests are whole
    for (const capabilityId of ["add", "sub", ""])
      execution.dispatch(request(`r-${capabilityId}`, {}, { capabilityId }));
    await settled();
    expect(execution.counters.requests_failed).toBe(3);
    expect(lines).toEqual([]);
  });

  it("what a handler throws whose request was cancelled or whose execution was closed", async () => {
    for (const end of ["cancelRunning", "close"] as const) {
      const { execution, lines } = logged(
        (_, context) =>
          new Promise((_resolve, reject) =>
            context.signal.addEventListener("abort", () => reject(new Error("late"))),
          ),
      );
      execution.dispatch(request("r"));
      execution[end]();
      await settled();
      expect(lines).toEqual([]);
    }
  });

  it("a request over its time limit, and what its handler throws then", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const late = (_: unknown, { signal }: RequestContext) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("late"))));
    const { execution, lines } = logged(late, { requestTimeoutMs: 100, now: Date.now });
    execution.dispatch(request("r"));
    await vi.advanceTimersByTimeAsync(200);
    expect(execution.counters.timeouts).toBe(1);
    expect(lines).toEqual([]);
  });
});

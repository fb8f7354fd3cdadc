import { createRuntime, defineTool, jsonSchema, toolConnector } from "mooring";
import { startGateway } from "mooring/gateway";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { commandLogger, peopleLine } from "../../src/cli/log-lines.js";
import { RunStory } from "../../src/cli/run-story.js";
import { echo } from "../support/connectors.js";
import { Terminal } from "../support/terminal.js";

type Output = ConstructorParameters<typeof RunStory>[0];

const on = (terminal: Terminal) => terminal as unknown as Output;

/** What a program reads that the output was piped into. */
function pipe() {
  let text = "";
  const write = (more: string) => {
    text += more;
    return true;
  };
  const output = { isTTY: false, columns: 0, write };
  return {
    output: output as unknown as Output,
    lines: () =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
  };
}

describe("the story of a run", () => {
  it("tells people what a registration lacks, and how to ask why", async () => {
    const terminal = new Terminal(80, 50);
    const story = new RunStory(on(terminal), { control: "/run/c.sock" });
    const runtime = createRuntime({
      url: "grpc://127.0.0.1:1",
      backoff: { baseMs: 60_000, maxMs: 60_000 },
      env: {},
    });
    onTestFinished(() => runtime.close());
    runtime.add({ tenantId: "acme", instanceId: "1", connector: echo });
    const telling = story.tellChanges(runtime);
    const starting = runtime.start();
    const changes = runtime.changes();
    for await (const { status } of changes) if (status.state === "backoff") break;
    story.waiting(runtime);
    await runtime.close();
    story.started(await starting);
    await telling;
    const screen = terminal.screen.join("\n");
    expect(screen).toMatch(/^[\d:]{8} {2}acme\.echo_test\.1 {2}connecting$/m);
    expect(screen).toMatch(
      /^[\d:]{8} {2}acme\.echo_test\.1 {2}backoff\.transient {2}unreachable \(ECONNREFUSED\)$/m,
    );
    expect(screen).toMatch(/^ {10}mooring explain acme\.echo_test\.1 --control \/run\/c\.sock$/m);
    expect(screen).toMatch(/^[\d:]{8} {2}waiting for the gateway at grpc:\/\/127\.0\.0\.1:1: /m);
  });

  it("sets an explanation below the words of its first line, and what is broken off below that", () => {
    const terminal = new Terminal(60, 10);
    const explanation =
      "a.b.c: backoff for 1 s: not taking requests.\n  Cause: nobody answered at the gateway's address, grpc://a:1.\n  Next: soon.";
    const failing = [{ key: "a.b.c", state: "backoff", cause: null, code: null, explanation }];
    new RunStory(on(terminal), {}).started({ ready: [], pendingApproval: [], failing, timedOut: true });
    expect(terminal.screen.map((line) => line.replace(/^[\d:]{8}/, "12:30:00"))).toEqual([
      "12:30:00  a.b.c: backoff for 1 s: not taking requests.",
      "            Cause: nobody answered at the gateway's address,",
      "              grpc://a:1.",
      "            Next: soon.",
      "12:30:00  0 ready, 0 waiting for approval, 1 not connected",
      "",
    ]);
  });

  it("tells programs the same as JSON, a line each", async () => {
    const { output, lines } = pipe();
    const story = new RunStory(output, {});
    await using gateway = await startGateway({ approval: "automatic" });
    const runtime = createRuntime({ url: gateway.url, env: {} });
    runtime.add({ tenantId: "acme", instanceId: "1", connector: echo });
    const telling = story.tellChanges(runtime);
    story.started(await runtime.start());
    const report = await runtime.drain();
    await telling;
    story.drained(report);
    const told = lines();
    expect(told).toContainEqual({
      level: 30,
      time: expect.any(Number),
      registration: "acme.echo_test.1",
      from: "awaitingRegister.first",
      to: "streaming.serving",
      cause: null,
      code: null,
      msg: "acme.echo_test.1  streaming.serving",
    });
    expect(told.map(({ msg }) => msg)).toContain("1 ready, 0 waiting for approval, 0 not connected");
    expect(told.at(-1)).toMatchObject({
      ...report,
      msg: "drained: 0 requests finished, 0 handed back, 0 cancelled, 0 results unconfirmed",
    });
  });

  it("is JSON on a terminal when asked for", () => {
    const terminal = new Terminal(200, 10);
    new RunStory(on(terminal), { json: true }).say("hello");
    expect(JSON.parse(terminal.screen[0] ?? "")).toMatchObject({ msg: "hello" });
  });

  it("says what a drain left, and that it was not in time", () => {
    const terminal = new Terminal(200, 10);
    const lost = ["a", "b", "c", "d", "e", "f\x1b[2J"];
    new RunStory(on(terminal), {}).drained({ finished: 1, handedBack: 2, cancelled: 3, lost, forced: true });
    expect(terminal.screen[0]).toMatch(
      /drained, but not in time: 1 request finished, 2 handed back, 3 cancelled, 6 results unconfirmed \(a, b, c, d, e, …\)$/,
    );
  });
});

describe("the log of a run on a terminal", () => {
  it("shows a handler's error with its request, its tool and where it was thrown, and not with its words", async () => {
    const terminal = new Terminal(100, 60);
    const logger = await commandLogger(on(terminal), false);
    await using gateway = await startGateway({ approval: "automatic" });
    await using runtime = createRuntime({ url: gateway.url, logger, env: {} });
    const boom = defineTool({
      name: "boom",
      description: "fails",
      input: jsonSchema({ type: "object" }),
      run: () => {
        throw new TypeError("words of the payload");
      },
    });
    runtime.add({ tenantId: "acme", instanceId: "1", connector: toolConnector("calc", [boom]) });
    await runtime.start();
    const { requestId, success } = await gateway.execute("acme.calc.1", {
      capabilityId: "boom",
      payload: {},
    });
    expect(success).toBe(false);
    const screen = terminal.screen.join("\n");
    expect(screen).toMatch(/^[\d:]{8} {2}ERROR {2}a handler threw an unexpected error/m);
    expect(screen).toContain(`requestId=${requestId}`);
    expect(screen).toContain("tool=boom");
    expect(screen).toContain("error=TypeError");
    expect(screen).toMatch(/^ {10}at .*run-story\.test\.ts:\d+:\d+/m);
    expect(screen).not.toContain("words of the payload");
    expect(screen).not.toContain("registration changed state");
  });

  it.each([
    ["no JSON", "no JSON"],
    ["[1]", "[1]"],
    ['{"level":40,"time":0,"msg":"a\\u001b[2Jb\\u202ec"}', /^[\d:]{8} {2}WARN {3}a\?\[2Jb\?c$/],
    [
      '{"level":50,"time":0,"err":{"stack":"Error: x\\n    at f"}}',
      /^[\d:]{8} {2}ERROR\s+Error: x\n {10}at f$/,
    ],
    ['{"level":30,"time":0,"msg":"m","n":{"a":1}}', /^[\d:]{8} {2}INFO {3}m {2}n=\{"a":1\}$/],
  ])("takes %s", (json, line) => {
    expect(peopleLine(json, 80, pino.levels)).toMatch(
      line instanceof RegExp ? line : new RegExp(`^${line.replace(/[[\]]/g, "\\$&")}$`),
    );
  });
});

/** What viewers of requests are told: spans of a sample, and of what is slow or failed, within bounds. */
import { describe, expect, it } from "vitest";
import type { WatchableRequests } from "../../src/execution/request-tap.js";
import { RequestSpans } from "../../src/inspect/dev/requests/request-spans.js";
import type { RequestSpan, RequestsMessage } from "../../src/inspect/request-messages.js";
import { executionWith, Recorder, request } from "../support/work-rig.js";

const key = "acme.echo.one";

/** Somebody who looks at executions by their keys; the last word on each span counts. */
function looking(works: ReadonlyMap<string, WatchableRequests>, now: () => number) {
  const spans = new RequestSpans(() => works, now);
  const messages: RequestsMessage[] = [];
  const known = new Map<number, RequestSpan>();
  const leave = spans.watch((message) => {
    messages.push(structuredClone(message));
    for (const span of message.spans) known.set(span.number, { ...span });
  });
  return {
    spans,
    messages,
    leave,
    known: () => [...known.values()],
    last: () => {
      const message = messages.at(-1);
      if (!message) throw new Error("Nothing was told.");
      return message;
    },
  };
}

function work(...args: Parameters<typeof executionWith>) {
  const { execution, clock } = executionWith(...args);
  const stream = new Recorder();
  execution.attach(stream);
  const looked = looking(new Map([[key, execution]]), () => clock.now);
  return { execution, clock, stream, ...looked };
}

describe("spans of requests", () => {
  it("tell each phase of one that waited, on the wall clock", async () => {
    const opens: (() => void)[] = [];
    const { execution, clock, stream, spans, known, leave } = work(
      () => new Promise<void>((resolve) => opens.push(resolve)),
      { maxConcurrentRequests: 1 },
    );
    execution.dispatch(request("a"));
    clock.now = 10;
    execution.dispatch(request("b", {}, { capabilityId: "add" }));
    clock.now = 100;
    opens[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    execution.detach(stream);
    clock.now = 400;
    opens[1]?.();
    await new Promise((resolve) => setImmediate(resolve));
    clock.now = 450;
    execution.attach(new Recorder());
    clock.now = 900;
    execution.confirm(execution.mark());
    spans.tick();
    const span = known().find(({ requestId }) => requestId === "b");
    if (!span) throw new Error("It is missing.");
    const since = (at: number | null) => at !== null && Math.round(at - span.receivedAt);
    expect(span).toMatchObject({ registration: key, tool: "add", outcome: "ok", sent: 1 });
    expect([span.beganAt, span.answeredAt, span.sentAt, span.confirmedAt].map(since)).toEqual([
      90, 390, 440, 890,
    ]);
    expect(Math.abs(span.receivedAt - Date.now())).toBeLessThan(60_000);
    // Its stream was lost before the confirmation.
    expect(known().find(({ requestId }) => requestId === "a")).toMatchObject({ sent: 2 });
    leave();
  });

  it("are bounded under a flood: a sample of the fast ones, and of the failed no more than are kept", () => {
    const { execution, clock, spans, known, last, leave } = work((asked) => {
      if (asked.json() === "fail") throw new Error("no");
      return 1;
    });
    for (let n = 0; n < 10_000; n += 1) {
      clock.now = n / 10;
      execution.dispatch(request(`fast-${n}`));
      execution.confirm(execution.mark());
    }
    spans.tick();
    const drawn = known().filter(({ isSampled }) => isSampled).length;
    expect(drawn).toBeGreaterThanOrEqual(19);
    expect(drawn).toBeLessThanOrEqual(21);
    expect(known().length).toBe(drawn);
    for (let n = 0; n < 10_000; n += 1) execution.dispatch(request(`bad-${n}`, "fail"));
    spans.tick();
    expect(last().spans.length).toBeLessThanOrEqual(520);
    expect(last().leftOut).toBeGreaterThan(9_000);
    leave();
  });

  it("are drawn of all registrations within one bound, and kept for whoever comes later", () => {
    const clock = { now: 0 };
    const many = Array.from({ length: 300 }, (_, n) => {
      const { execution } = executionWith(() => 1, { now: () => clock.now });
      execution.attach(new Recorder());
      return [`acme.echo.n${n}`, execution] as const;
    });
    const { spans, known, leave } = looking(new Map(many), () => clock.now);
    for (const [name, execution] of many) execution.dispatch(request(name));
    spans.tick();
    expect(known().length).toBe(200);
    let later = 0;
    const leaveToo = spans.watch((message) => {
      later += message.spans.length;
    });
    expect(later).toBe(200);
    leaveToo();
    leave();
  });

  it("have every slow and failed one with its outcome, and what is in flight with when it came", () => {
    const opens: (() => void)[] = [];
    const { execution, clock, spans, last, known, leave } = work((asked) =>
      asked.json() === "wait" ? new Promise<void>((resolve) => opens.push(resolve)) : undefined,
    );
    execution.dispatch(request("drawn"));
    execution.dispatch(request("a", "wait", { capabilityId: "slow" }));
    execution.dispatch(request("b", "wait"));
    clock.now = 20;
    execution.dispatch(request("c", "wait"));
    clock.now = 600;
    spans.tick();
    expect(last().totals).toEqual({ running: 2, queued: 1, unconfirmed: 1 });
    expect(last().inFlight).toMatchObject([
      { requestId: "a", tool: "slow", registration: key },
      { requestId: "b", tool: "" },
      { requestId: "c", beganAt: null },
    ]);
    execution.cancelRunning();
    spans.tick();
    expect(known().map(({ requestId, outcome }) => [requestId, outcome])).toEqual([
      ["drawn", "ok"],
      ["c", "refused"],
      ["a", "cancelled"],
      ["b", "cancelled"],
    ]);
    expect(last().inFlight).toEqual([]);
    leave();
  });

  it("show nothing of a foreign text but plain letters, and not more than a line holds", () => {
    const { execution, spans, known, leave } = work(() => 1);
    execution.dispatch(request(`\u001b[2J<b>"${"x".repeat(200)}`, {}, { capabilityId: "añ o\n" }));
    spans.tick();
    const [span] = known();
    expect(span?.tool).toBe("a??o?");
    expect(span?.requestId).toMatch(/^\?\?2J\?b\?\?x+…x+$/);
    expect(span?.requestId.length).toBeLessThanOrEqual(48);
    leave();
  });

  it("are made only while somebody looks, of registrations that come meanwhile, too", () => {
    const looks: string[] = [];
    const quiet = (name: string): WatchableRequests => ({
      look: (tap) => looks.push(`${name} ${tap ? "looked at" : "alone"}`),
      open: () => [],
      running: 0,
      queued: 0,
      unconfirmed: 0,
    });
    const works = new Map([["one", quiet("one")]]);
    const { spans, leave } = looking(works, () => 0);
    works.set("two", quiet("two"));
    works.delete("one");
    spans.tick();
    leave();
    expect(looks).toEqual(["one looked at", "one alone", "two looked at", "two alone"]);
  });
});

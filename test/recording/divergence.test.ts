/** A replay that comes out otherwise says where, by what event, and what decides about it. */
import { type ReplayResult, replay } from "mooring/testing";
import { describe, expect, it } from "vitest";
import type { AnyStateMachine } from "xstate";
import { charts } from "../../src/recording/charts.js";
import { Recorder } from "../../src/recording/recorder.js";
import { ownTimers } from "../../src/recording/replayed-chart.js";
import { createRig } from "../machines/rig.js";
import { textOfRecorder } from "./stories.js";

/** Opens, is accepted, loses its stream, waits and opens again. */
async function recorded(): Promise<string[]> {
  const recorder = new Recorder({ maxBytes: 2 ** 20, keep: "tail", now: () => 1_000 });
  const rig = createRig({ recorder, random: () => 0.5 });
  await rig.opened("anonymous");
  rig.accepted("approved");
  rig.ended("server-closed");
  rig.clock.increment(1_000);
  return textOfRecorder(recorder).split("\n");
}

const lines = await recorded();
const lineOf = (type: string): number => lines.findIndex((line) => line.includes(`"event":{"type":"${type}`));

/** The recording with one line changed. */
function changed(type: string, change: (line: string) => string): Promise<ReplayResult> {
  const place = lineOf(type);
  expect(place).toBeGreaterThan(0);
  const made = change(lines[place] ?? "");
  expect(made).not.toBe(lines[place]);
  return replay(lines.with(place, made).join("\n"));
}

describe("a step that comes out otherwise", () => {
  it("in another state is named with event, both states, and the line of the chart", async () => {
    const { divergence, skipped, states } = await changed("stream.ended", (line) =>
      line.replace('"backoff":"transient"', '"backoff":"refused"'),
    );
    expect(divergence).toMatchObject({
      line: lineOf("stream.ended") + 1,
      key: "acme.echo.one",
      chart: "registration",
      event: "stream.ended",
      what: "state",
      recorded: "connection.backoff.refused and intake.accepting",
      replayed: "connection.backoff.transient and intake.accepting",
      part: { file: "machines/registration/streaming.ts", state: "connection.linked.streaming.serving" },
    });
    expect(divergence?.part.line).toBeGreaterThan(0);
    expect(divergence?.message).toContain("machines/registration/streaming.ts:");
    // What follows cannot be compared, and nobody claims to know where it stands.
    expect(skipped).toBe(1);
    expect(states).toEqual({ "acme.echo.one": "diverged" });
  });

  it("with another context names the field", async () => {
    const { divergence } = await changed("stream.ended", (line) =>
      line.replace(/"backoffMs":\d+/, '"backoffMs":7'),
    );
    expect(divergence).toMatchObject({ what: "context", recorded: "7" });
    expect(divergence?.message).toContain("(backoffMs)");
  });

  it("with another command to a port shows both", async () => {
    const { divergence } = await changed("stream.accepted", (line) => line.replace('"serve"', '"register"'));
    expect(divergence?.what).toBe("sent");
    expect(divergence?.recorded).toContain("register");
    expect(divergence?.replayed).toContain("serve");
  });

  it("by a timer that is not set is a divergence", async () => {
    const { divergence } = await changed("xstate.after", (line) =>
      line.replace("xstate.after.backoffDelay", "xstate.after.registerDeadline"),
    );
    expect(divergence).toMatchObject({ what: "timer", event: "after registerDeadline" });
  });

  it("with another number of random values is a divergence", async () => {
    const more = await changed("stream.ended", (line) =>
      line.replace('"random":[0.5]', '"random":[0.5,0.25]'),
    );
    expect(more.divergence).toMatchObject({ what: "random", recorded: "2", replayed: "1" });
    const fewer = await changed("stream.ended", (line) => line.replace(',"random":[0.5]', ""));
    expect(fewer.divergence?.what).toBe("context");
  });

  it("after the end of its actor is a divergence", async () => {
    const end = JSON.stringify({
      actor: 1,
      at: 1_000,
      event: { type: "stop", reason: "paused" },
      state: { connection: "stopped", intake: "closed" },
      status: "done",
    });
    const { divergence } = await replay([...lines, end, end].join("\n"));
    // The first of the two has no context: that it changes is the first difference.
    expect(divergence?.what).toBe("context");
  });
});

it("a recording of other charts says which, and replays as far as it can", async () => {
  const [header = ""] = lines;
  const other = header.replace(/"credentials":"\w+"/, '"credentials":"0123456789abcdef"');
  const result = await replay([other, ...lines.slice(1)].join("\n"));
  expect(result).toMatchObject({ changedCharts: ["credentials"], divergence: null });
});

it("a state that the chart does not have is told, and the others go on", async () => {
  const [header = "", , policy = "", start = ""] = lines;
  const { context } = JSON.parse(start);
  const checkpoint = (state: string) => ({
    status: "active",
    state: { connection: { [state]: "transient" }, intake: "accepting" },
    context,
    children: [],
    history: {},
  });
  const text = [
    header,
    policy,
    JSON.stringify({ actor: 7, chart: "registration", key: "a.b.old", parent: null }),
    JSON.stringify({ actor: 7, at: 1, checkpoint: checkpoint("retired") }),
    JSON.stringify({ actor: 8, chart: "registration", key: "a.b.new", parent: null }),
    JSON.stringify({ actor: 8, at: 2, checkpoint: checkpoint("backoff") }),
  ].join("\n");
  const result = await replay(text);
  expect(result.divergence).toMatchObject({ what: "checkpoint", key: "a.b.old" });
  expect(result.divergence?.message).toContain("begins in a state that the chart does not have");
  expect(result.states).toEqual({ "a.b.old": "diverged", "a.b.new": "backoff.transient" });
});

it("a context that was cut short is a divergence and no crash", async () => {
  const [header = "", actor = "", policy = "", start = ""] = lines;
  const { state, context } = JSON.parse(start);
  for (const name of Object.keys(context)) {
    const cut = {
      status: "active",
      state,
      context: { ...context, [name]: undefined },
      children: [],
      history: {},
    };
    const line = JSON.stringify({ actor: 1, at: 1, checkpoint: cut });
    const { registrations } = await replay([header, actor, policy, line, ...lines.slice(4)].join("\n"));
    expect(registrations).toBe(1);
  }
  const none = JSON.stringify({ actor: 1, at: 1, event: { type: "xstate.init" }, state, status: "error" });
  expect((await replay([header, actor, policy, none].join("\n"))).divergence).not.toBeNull();
});

it("stops at a state, and at a moment", async () => {
  const until = await replay(lines.join("\n"), { until: "backoff" });
  expect(until.reached).toMatchObject({ to: "backoff.transient", event: "stream.ended" });
  expect(until.states).toEqual({ "acme.echo.one": "backoff.transient" });
  expect((await replay(lines.join("\n"), { until: "credentialExchange" })).reached).toBeNull();
  expect((await replay(lines.join("\n"), { at: 999 })).steps).toBe(0);
  expect((await replay(lines.join("\n"), { at: new Date(1_000) })).steps).toBe(5);
});

it("knows every delayed event of the charts", () => {
  const delayed = Object.values(charts).flatMap((machine: AnyStateMachine) =>
    Object.values(machine.implementations.actions).flatMap((action) => {
      const { type, delay, id, event } = action as Partial<
        Record<"type" | "delay" | "id" | "event", unknown>
      >;
      return type === "xstate.raise" && delay !== undefined ? [[id, Object(event).type]] : [];
    }),
  );
  expect(delayed).toHaveLength(2);
  expect(new Map(delayed as [string, string][])).toEqual(ownTimers);
});

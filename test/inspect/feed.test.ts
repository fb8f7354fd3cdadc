/** The feed: what a viewer is told of the fleet, of what it looks at, and when it reads too slowly. */
import type { FeedMessage } from "mooring";
import { startTestBench } from "mooring/testing";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { placeOf, shortPlace } from "../../src/inspect/place.js";
import { echo } from "../support/connectors.js";
import { type Crowd, crowdOf } from "./page-crowd.js";

type Of<What extends FeedMessage["what"]> = Extract<FeedMessage, { what: What }>;

interface Batch {
  readonly all: readonly FeedMessage[];
  one<What extends FeedMessage["what"]>(what: What): Of<What>;
  has(what: FeedMessage["what"]): boolean;
}

const batchOf = (all: readonly FeedMessage[]): Batch => ({
  all,
  has: (what) => all.some((message) => message.what === what),
  one(what) {
    const found = all.filter((message): message is Of<typeof what> => message.what === what);
    if (found.length !== 1 || !found[0]) throw new Error(`${what} comes ${found.length} times`);
    return found[0];
  },
});

/** A viewer whose batches are made by a clock of the test. */
function viewing(crowd: Crowd) {
  const batches: (readonly FeedMessage[])[] = [];
  let ready = true;
  const viewer = crowd.feed.connect({ isReady: () => ready, take: (messages) => batches.push(messages) });
  onTestFinished(() => viewer.leave());
  return {
    viewer,
    slow: () => {
      ready = false;
    },
    fast: () => {
      ready = true;
    },
    next: () => {
      vi.advanceTimersByTime(50);
      return batchOf(batches.splice(0).flat());
    },
  };
}

describe("the feed of many registrations", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(() => void vi.useRealTimers());

  it("greets, and tells all at once in rows", () => {
    const { next } = viewing(crowdOf(40));
    const first = next();
    expect(first.all.map(({ what }) => what)).toEqual(["hello", "names", "hosts", "fleet", "figures"]);
    expect(first.one("hello")).toMatchObject({ version: 1, charts: { registration: expect.any(String) } });
    expect(first.one("hosts").came).toEqual([
      [1, "supervisor", "supervisor", null],
      [2, "partition", "partition-1", 1],
      [3, "partition", "partition-2", 1],
      [4, "partition", "partition-3", 1],
    ]);
    const { names } = first.one("names");
    const { came = [], moved = [] } = first.one("fleet");
    expect(came[17]).toEqual([17, "tenant3.type2.n17", 3]);
    expect(moved.map(([number, state, cause]) => [number, names[state], names[cause]])).toEqual(
      came.map(([number]) => [number, "streaming.serving", ""]),
    );
  });

  it("tells of each registration that moved once in a batch, as it stands then, and how often it lost its link", () => {
    const crowd = crowdOf(10);
    const { next } = viewing(crowd);
    next();
    for (let times = 0; times < 100; times += 1) {
      crowd.lose(3);
      crowd.regain(3);
    }
    crowd.lose(4);
    const second = next();
    const { names, from } = second.one("names");
    const { moved = [] } = second.one("fleet");
    expect(moved.map(([number, state, , , lost]) => [number, names[state - from] ?? "known", lost])).toEqual([
      [3, "known", 100],
      [4, "backoff.transient", 1],
    ]);
    expect(next().all).toEqual([]);
  });

  it("listens only while somebody looks", () => {
    const crowd = crowdOf(3);
    expect(crowd.listeners.size).toBe(0);
    const [one, other] = [crowd.feed.connect({ take: () => {} }), crowd.feed.connect({ take: () => {} })];
    expect(crowd.listeners.size).toBe(1);
    one.leave();
    expect(crowd.listeners.size).toBe(1);
    other.leave();
    expect(crowd.listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("tells steps of what is looked at only, with the context at first and then its changes", () => {
    const crowd = crowdOf(5);
    const { viewer, next } = viewing(crowd);
    next();
    viewer.look({ keys: [crowd.keys[2] ?? ""] });
    expect(next().one("actor")).toMatchObject({
      chart: "registration",
      name: crowd.keys[2],
      state: { connection: { linked: { streaming: "serving" } } },
      context: { key: crowd.keys[2] },
    });
    crowd.lose(1);
    crowd.lose(2);
    const step = next().one("step");
    expect(step).toMatchObject({ from: "gateway", event: { type: "stream.ended" } });
    expect(Object.keys(step.context ?? {}).sort()).toEqual(["backoffMs", "failure"]);
    viewer.look({});
    crowd.regain(2);
    expect(next().has("step")).toBe(false);
  });

  it("tells dead letters of all, in rows", () => {
    const crowd = crowdOf(5);
    const { next } = viewing(crowd);
    next();
    crowd.stray(3);
    const batch = next();
    const { names, from } = batch.one("names");
    const { rows } = batch.one("strays");
    expect(
      rows.map(([number, , event, origin, stale]) => [
        number,
        names[event - from],
        names[origin - from],
        stale,
      ]),
    ).toEqual([[3, "stream.accepted", "wire", 0]]);
  });

  it("keeps what a slow viewer will get as small as the fleet, and tells it what it missed", () => {
    const crowd = crowdOf(5);
    const { viewer, next, slow, fast } = viewing(crowd);
    next();
    viewer.look({ keys: [...crowd.keys] });
    next();
    slow();
    for (let times = 0; times < 5_000; times += 1) {
      crowd.lose(times % 5);
      crowd.regain(times % 5);
    }
    expect(next().all).toEqual([]);
    fast();
    const late = next();
    expect(late.one("missed")).toEqual({ what: "missed", messages: 10_000 });
    expect(late.all.filter(({ what }) => what === "step")).toEqual([]);
    expect(late.all.filter(({ what }) => what === "actor")).toHaveLength(5);
    expect(late.one("fleet").moved?.map(([number, , , , lost]) => [number, lost])).toEqual(
      [0, 1, 2, 3, 4].map((number) => [number, 1_000]),
    );
    crowd.lose(0);
    expect(next().one("step").event.type).toBe("stream.ended");
  });
});

describe("the feed of a runtime", () => {
  async function opened() {
    const bench = await startTestBench({
      registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
      gateway: { approval: "manual" },
      runtime: { inspect: true, recording: { maxBytes: 0 } },
    });
    onTestFinished(() => bench[Symbol.asyncDispose]());
    const told: FeedMessage[] = [];
    const viewer = bench.runtime.inspection?.connect({ take: (messages) => told.push(...messages) });
    if (!viewer) throw new Error("No feed.");
    onTestFinished(() => viewer.leave());
    const until = (isWanted: (message: FeedMessage) => boolean) =>
      vi.waitUntil(() => told.find(isWanted), { timeout: 20_000, interval: 10 });
    return { bench, viewer, told, until };
  }
  const key = "t.echo_test.one";

  it("tells of transitions, guards, senders and what was sent, though nothing is recorded", async () => {
    const { bench, viewer, told, until } = await opened();
    viewer.look({ keys: [key] });
    await until(({ what }) => what === "actor");
    bench.gateway.approve(key);
    const lastState = (message: FeedMessage): boolean =>
      message.what === "step" && message.event.type === "stream.accepted";
    await until(lastState);
    const steps = told.filter((message): message is Of<"step"> => message.what === "step");
    expect(steps.some(({ taken = [] }) => taken.length > 0)).toBe(true);
    expect(steps.flatMap(({ asked = [] }) => asked).length).toBeGreaterThan(0);
    expect(steps.map(({ from }) => from)).toContain("gateway");
    expect(steps.map(({ from }) => from)).toContain("credentials");
    // The chart of its credentials is told with it.
    expect(told.some((message) => message.what === "actor" && message.name === "credentials")).toBe(true);
  });

  it("tells who came, who is set aside, and who is gone", async () => {
    const { bench, until } = await opened();
    const { runtime } = bench;
    const other = runtime.add({ tenantId: "t", instanceId: "two", connector: echo });
    const came = await until(
      (message) => message.what === "fleet" && (message.came ?? []).some(([, name]) => name === other.key),
    );
    const [number] = (came.what === "fleet" && came.came?.find(([, name]) => name === other.key)) || [-1];
    other.pause();
    await until((message) => message.what === "names" && message.names.includes("paused"));
    await other.remove();
    await until((message) => message.what === "fleet" && (message.gone ?? []).includes(number));
  });

  it("lets no secret through", async () => {
    const { bench, viewer, told, until } = await opened();
    viewer.look({ keys: [key, "t.echo_test.two"], actors: [1, 2] });
    bench.runtime.add({
      tenantId: "t",
      instanceId: "two",
      connector: echo,
      authToken: "planted-secret-feed",
    });
    await until((message) => message.what === "status" && message.status.key === "t.echo_test.two");
    bench.gateway.approve(key);
    await until((message) => message.what === "step" && message.event.type === "credentials.ready");
    expect(JSON.stringify(told)).not.toMatch(/planted-secret|PRIVATE KEY|eyJ[A-Za-z0-9_-]{17}/);
  });
});

it.each([
  [
    { connection: { linked: { streaming: { pendingApproval: "waiting" } } } },
    "streaming.pendingApproval.waiting",
  ],
  [{ connection: { backoff: "refused" }, intake: "accepting" }, "backoff.refused"],
  [{ connection: "stopped" }, "stopped"],
  [{ connection: { connecting: "atOnce" } }, "connecting.atOnce"],
])("a place is the innermost state of the connection: %j", (state, place) => {
  expect(placeOf(state)).toBe(place);
});

it("the place of a list is the public state with its child", () => {
  expect(shortPlace("streaming.pendingApproval.waiting")).toBe("streaming.pendingApproval");
  expect(shortPlace("connecting.atOnce")).toBe("connecting");
});

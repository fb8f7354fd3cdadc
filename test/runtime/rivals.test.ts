/** A cloned identity and a flapping gateway look alike at first: what tells them apart, and how sure it is. */
import { createRuntime, type JournalEntry, type RegistrationStatus, type Runtime } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { explainRegistration, needsAttention } from "../../src/runtime/explain.js";
import { echo } from "../support/connectors.js";
import { serving, untilStatus } from "../support/until.js";

const key = "t.echo_test.one";
const quick = { baseMs: 20, maxMs: 40, jitterMs: 0 };

function runtimeOf(url: string, ...instances: readonly string[]): Runtime {
  const runtime = createRuntime({ url, env: {}, strict: true, backoff: quick, stableUptimeMs: 600_000 });
  onTestFinished(() => runtime.close());
  for (const instanceId of instances) runtime.add({ tenantId: "t", instanceId, connector: echo });
  return runtime;
}

async function gatewayOf(): Promise<Gateway> {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  return gateway;
}

const lostTwice = ({ state, attempt }: RegistrationStatus) => state === "backoff" && attempt >= 2;

/** What it says about a rival, and what to do. */
const toldIn = (text: string) =>
  text
    .split("\n")
    .filter((line) => /another process|What to do/.test(line))
    .join("\n");

describe("a registration whose streams the gateway ends in order, one after the other", () => {
  it("is very likely cloned when the others here keep theirs", async () => {
    const gateway = await gatewayOf();
    const runtime = runtimeOf(gateway.url, "one", "two", "three");
    await runtime.start();
    const lost = untilStatus(runtime, key, lostTwice);
    const clone = runtimeOf(gateway.url, "one");
    void clone.start();
    await lost;
    expect(toldIn(runtime.explain(key))).toBe(
      [
        `  Very likely another process serves the same ${key}: the gateway ends a stream when a newer one comes, took each of these back at once, and ended none of the other registrations here.`,
        "  What to do: Give each process an instance id of its own (INSTANCE_ID), or end the other.",
      ].join("\n"),
    );
    expect(runtime.explain("t.echo_test.two")).not.toContain("another process");
  });

  it("may be cloned with its whole process, or the gateway flaps, when others lose theirs with it", async () => {
    const gateway = await gatewayOf();
    const runtime = runtimeOf(gateway.url, "one", "two", "three");
    await runtime.start();
    for (const attempt of [1, 2]) {
      const lost = untilStatus(runtime, key, (one) => one.state === "backoff" && one.attempt === attempt);
      gateway.disturb("close");
      await lost;
      if (attempt === 1)
        for (const one of runtime.status().registrations) await untilStatus(runtime, one.key, serving);
    }
    const told = toldIn(runtime.explain(key));
    expect(told).toMatch(
      /^ {2}Perhaps another process serves the same .*ended 2 more here in the same moment/,
    );
    expect(told).toContain("If there is no other, look at the gateway's log");
  });
});

describe("by the journal", () => {
  const base = 1_700_000_000_000;
  let step = 0;
  const move = (from: string, state: string, cause?: string): JournalEntry => {
    step += 1;
    return { at: base + step * 10_000, kind: "transition", from, state, ...(cause ? { cause } : {}) };
  };
  const accepted = () => [
    move("backoff.transient", "connecting"),
    move("connecting", "awaitingRegister.first"),
    move("awaitingRegister.first", "streaming.serving"),
  ];
  const closed = (to = "backoff.transient") => move("streaming.serving", to, "server-closed");
  const failed = (cause: string) => [
    move("backoff.transient", "connecting"),
    move("connecting", "backoff.transient", cause),
  ];
  const text = (journal: readonly JournalEntry[], facts: Partial<RegistrationStatus>, after = 0) => {
    const status: RegistrationStatus = {
      ...(runtimeOf("127.0.0.1:1", "one").status().registrations[0] as RegistrationStatus), // it was added just now
      state: "backoff",
      ...facts,
    };
    const now = (journal.at(-1)?.at ?? base) + after;
    const told = toldIn(explainRegistration(status, journal, { now }));
    expect(needsAttention(status, journal, now)).toBe(told !== "");
    return told;
  };

  it.each(["unreachable", "peer-unavailable", "connection-lost"])(
    "a gateway that could not be reached in between (%s) flaps",
    (cause) => {
      const journal = [closed(), ...failed(cause), ...accepted(), closed()];
      expect(text(journal, { attempt: 3, cause: "server-closed" })).toBe(
        [
          `  More likely the gateway restarts again and again than that another process serves the same ${key}: a try between failed (${cause}).`,
          "  What to do: Check that the gateway runs: look at the gateway's log, and at what restarts it.",
        ].join("\n"),
      );
    },
  );

  it("a try that the next stream of the other ended is none that failed", () => {
    const cut = [
      move("backoff.transient", "connecting"),
      move("connecting", "awaitingRegister.first"),
      move("awaitingRegister.first", "backoff.transient", "server-closed"),
    ];
    expect(text([closed(), ...cut, ...accepted(), closed()], { attempt: 3 })).toContain(
      "  Perhaps another process",
    );
  });

  it("one whose stable streams end three times within five minutes may be cloned, too", () => {
    const round = () => [closed("backoff.returning"), ...accepted()];
    const journal = [...round(), ...round(), ...round()];
    const stands = { state: "streaming", child: "serving", attempt: 0 } as const;
    expect(text(journal, stands)).toContain("  Perhaps another process");
    expect(text(journal, stands, 300_000)).toBe("");
    expect(text(journal.slice(1), stands)).toBe("");
  });

  it.each(["connection-lost", "heartbeat-timeout"])("nothing is said when %s came among them", (cause) => {
    const other = move("streaming.serving", "backoff.transient", cause);
    expect(text([closed(), ...accepted(), other], { attempt: 2 })).toBe("");
  });
});

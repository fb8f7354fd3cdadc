import {
  createRuntime,
  type JournalEntry,
  type RegistrationStatus,
  type Runtime,
  type RuntimeOptions,
} from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import type { FailureCause } from "../../machines/failure.js";
import { storeFailure } from "../../src/credentials/store-failure.js";
import { adviceFor, adviceOn } from "../../src/runtime/advice.js";
import { explainRegistration, needsAttention } from "../../src/runtime/explain.js";
import { echo } from "../support/connectors.js";
import { eventually, serving, untilStatus } from "../support/until.js";

const key = "t.echo_test.i";

function runtimeFor(url: string, options: RuntimeOptions = {}): Runtime {
  const runtime = createRuntime({ url, env: {}, ...options });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "t", instanceId: "i", connector: echo });
  return runtime;
}

/** Without times and without the journal. */
const said = (text: string) =>
  text
    .split("\n")
    .filter((line) => !/^ {4}|How it got here|^ {2}\d/.test(line))
    .map((line) => line.replace(/ for .* \(since [^)]*\)/, ""));

describe("explain, of a registration that has ended", () => {
  it("at its first failure says what failed and what to do, and that it is not tried again", async () => {
    const runtime = runtimeFor("127.0.0.1:1", { reconnect: false });
    await runtime.start();
    await runtime.closed;
    expect(runtime.status().registrations).toMatchObject([{ state: "stopped", stopReason: "failed" }]);
    expect(said(runtime.explain(key))).toEqual([
      `${key}: stopped: ended at the first failure, because reconnect is off.`,
      "  Cause: unreachable (ECONNREFUSED): nobody answered at the gateway's address, grpc://127.0.0.1:1.",
      "  What to do: Check url (STRIKE48_URL), that the gateway runs, and the network between.",
      "  Next: nothing, it is not tried again.",
      "  Credentials: none were chosen.",
    ]);
  });

  it("by close() asks nobody to do anything about earlier trouble", async () => {
    const runtime = runtimeFor("127.0.0.1:1");
    await runtime.start({ timeoutMs: 0 });
    await untilStatus(runtime, key, ({ state }) => state === "backoff");
    await runtime.close();
    expect(said(runtime.explain(key))).toEqual([
      `${key}: stopped: ended, because the runtime was drained or closed.`,
      "  Trouble before that: unreachable (ECONNREFUSED): nobody answered at the gateway's address, grpc://127.0.0.1:1.",
      "  Next: nothing, it is not tried again.",
      "  Credentials: none were chosen.",
    ]);
  });

  it("by a drain says so, and names no trouble where there was none", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const runtime = runtimeFor(gateway.url);
    await runtime.start();
    await runtime.drain();
    expect(said(runtime.explain(key))).toEqual([
      `${key}: stopped: ended, because the runtime was drained or closed.`,
      "  Next: nothing, it is not tried again.",
      "  Credentials: anonymous, with a session token.",
    ]);
  });

  it("by pause() tells how it goes on", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const runtime = runtimeFor(gateway.url);
    await runtime.start();
    await untilStatus(runtime, key, serving);
    runtime.registration(key).pause();
    const paused = await untilStatus(runtime, key, ({ state }) => state === "paused");
    expect(paused.stopReason).toBe(null);
    expect(said(runtime.explain(key))).toEqual([
      `${key}: paused: set aside by pause().`,
      "  Next: resume() starts it again.",
      "  Credentials: anonymous, with a session token.",
    ]);
  });

  it.each([
    [
      { state: "parked", nextAction: { what: "restart() starts it again", at: null } },
      "given up after faults",
    ],
    [{ state: "stopped", stopReason: "removed" }, "ended by remove()"],
    [{ state: "stopped", stopReason: "paused" }, "ended by pause()"],
  ] as const)("as %o, after a failure, promises no further try", (standing, words) => {
    const trouble = { cause: "credentials-unavailable", code: "ECONNREFUSED", attempt: 3 } as const;
    const status: RegistrationStatus = {
      ...(runtimeFor("127.0.0.1:1").status().registrations[0] as RegistrationStatus), // it was added just now
      ...trouble,
      ...standing,
    };
    const text = explainRegistration(status, [], { now: 0 });
    expect(text).toContain(words);
    expect(text).toContain("Trouble before that: credentials-unavailable (ECONNREFUSED)");
    expect(text).not.toMatch(/What to do|by itself|3 failed/);
  });
});

describe("explain, of a registration whose streams the gateway closes soon after it has accepted them", () => {
  const words = "Perhaps another process serves the same t.echo_test.i";
  const quick = { baseMs: 20, maxMs: 100, jitterMs: 0 };
  const closed = (one: RegistrationStatus) => one.state === "backoff" && one.cause === "server-closed";

  it("says that another process may serve the same identity, when one does", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const [one, other] = [
      runtimeFor(gateway.url, { backoff: quick }),
      runtimeFor(gateway.url, { backoff: quick }),
    ];
    const seen = untilStatus(one, key, (status) => closed(status) && status.attempt >= 2);
    void one.start();
    await untilStatus(one, key, serving);
    void other.start();
    await seen;
    expect(said(one.explain(key)).slice(1, 4)).toEqual([
      "  Cause: server-closed: the gateway closed the stream.",
      `  ${words}: the gateway ends a stream when a newer one comes.`,
      "  What to do: Give each process an instance id of its own (INSTANCE_ID), or end the other.",
    ]);
  });

  it("says so while it serves too, and not any more when it has stayed", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    gateway.fault({ closeAfterRegister: 2 });
    const runtime = runtimeFor(gateway.url, { backoff: quick, stableUptimeMs: 300 });
    void runtime.start();
    await untilStatus(runtime, key, (status) => closed(status) && status.attempt === 2);
    await untilStatus(runtime, key, serving);
    expect(runtime.explain(key)).toContain(words);
    await eventually(() => runtime.registration(key).status().attempt === 0);
    expect(runtime.explain(key)).not.toContain(words);
  });

  it("does not say so after one such end, nor when another failure came last", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    gateway.fault({ closeAfterRegister: 1 });
    const runtime = runtimeFor(gateway.url, { backoff: quick });
    void runtime.start();
    await untilStatus(runtime, key, closed);
    expect(runtime.explain(key)).not.toContain(words);
    await untilStatus(runtime, key, serving);
    gateway.disturb("reset");
    await untilStatus(runtime, key, ({ attempt }) => attempt === 2);
    expect(runtime.explain(key)).not.toContain(words);
  });
});

describe("explain, of a registration whose thread was blocked", () => {
  const at = 1_000_000;
  const detail = "the event loop was blocked for 12 s by the handler `crunch` of t.echo_test.i";
  const block = { kind: "note", state: "streaming.serving", event: "loop.blocked", detail } as const;
  const lost = (facts: Partial<RegistrationStatus>): RegistrationStatus => ({
    ...(runtimeFor("127.0.0.1:1").status().registrations[0] as RegistrationStatus), // it was added just now
    state: "backoff",
    since: at,
    attempt: 1,
    ...facts,
  });

  it.each([
    { cause: "heartbeat-timeout", code: null },
    { cause: "server-closed", code: null },
    { cause: "peer-error", code: "DEADLINE_EXCEEDED" },
  ] as const)("says that $cause $code may come of it, and what to do", (facts) => {
    for (const apart of [-30_000, 400])
      expect(explainRegistration(lost(facts), [{ ...block, at: at + apart }], { now: at })).toContain(
        [
          `  Perhaps it is this side: ${detail}.`,
          "  What to do: Let handlers that compute for long run in threads of their own (threadConnector), or give way now and then.",
        ].join("\n"),
      );
  });

  it.each([
    { cause: "unreachable", code: "ECONNREFUSED" },
    { cause: "identity-refused", code: "UNAUTHENTICATED" },
    { cause: "heartbeat-timeout", code: null, since: at + 3_600_000 },
    { cause: null, code: null },
  ] as const)("does not blame it for $cause $code", (facts) => {
    expect(explainRegistration(lost(facts), [{ ...block, at }], { now: at })).not.toContain(
      "Perhaps it is this side",
    );
  });
});

describe("explanations in the columns of a terminal", () => {
  const longest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));

  it("are broken between words; what follows hangs", async () => {
    const runtime = runtimeFor("127.0.0.1:1", { reconnect: false });
    const { failing } = await runtime.start({ columns: 60 });
    const [{ explanation = "" } = {}] = failing;
    expect(explanation).toContain(
      "  What to do: Check url (STRIKE48_URL), that the gateway\n    runs, and the network between.\n",
    );
    expect(longest(explanation)).toBeLessThanOrEqual(60);
    await runtime.closed;
    expect(longest(runtime.explain(key, { columns: 60 }))).toBeLessThanOrEqual(60);
    const words = (text: string) => text.replace(/\s+/g, " ").replace(/ for .*? \(since [^)]*\)/, "");
    expect(words(runtime.explain(key, { columns: 60 }))).toBe(words(runtime.explain(key)));
  });

  it("are left as they are where the columns are not known", async () => {
    const runtime = runtimeFor("127.0.0.1:1", { reconnect: false });
    const columns = undefined as unknown as number; // what a pipe has
    const { failing } = await runtime.start({ columns });
    expect(longest(failing[0]?.explanation ?? "")).toBeGreaterThan(80);
    for (const options of [{ columns }, { columns: 0 }, {}])
      expect(longest(runtime.explain(key, options))).toBeGreaterThan(80);
  });

  it.each([-1, Number.NaN, 2.5])("cannot have %d columns", async (columns) => {
    const runtime = runtimeFor("127.0.0.1:1");
    const wrong = {
      code: "INVALID_CONFIG",
      message: `columns must be a whole number from 0 to 2147483647; got ${columns}.`,
    };
    await expect(runtime.start({ columns })).rejects.toMatchObject(wrong);
    expect(() => runtime.explain(key, { columns })).toThrow(expect.objectContaining(wrong));
  });
});

describe("what needs attention", () => {
  const causes = [null, ...(Object.keys(adviceFor) as FailureCause[])];
  const standings: readonly Partial<RegistrationStatus>[] = [
    { state: "backoff", child: "transient", attempt: 3 },
    { state: "streaming", child: "pendingApproval", advice: "approval" },
    { state: "streaming", child: "pendingApproval", advice: "credentialsDue" },
    { state: "streaming", child: "pendingApproval", advice: null },
    { state: "streaming", child: "serving", ready: true },
    { state: "backoff", child: "finishing", advice: "successor" },
    { state: "parked" },
    { state: "paused" },
    { state: "stopped", stopReason: "failed" },
    { state: "stopped", stopReason: "removed" },
  ];
  const end = { kind: "transition", state: "backoff.transient", from: "streaming.serving" } as const;
  const journals: readonly (readonly JournalEntry[])[] = [
    [],
    [0, 1].map((at) => ({ ...end, event: "stream.ended", cause: "server-closed", at })),
    [{ kind: "note", state: "streaming.serving", event: "loop.blocked", at: 0, detail: "it was blocked" }],
  ];

  it.each(standings)("is what the text names something to do for: %o", (standing) => {
    const some = runtimeFor("127.0.0.1:1").status().registrations[0] as RegistrationStatus; // it was added just now
    for (const cause of causes)
      for (const code of [null, "CLOCK_SKEW", "UNAVAILABLE", "UNAUTHENTICATED"])
        for (const journal of journals) {
          const status = { ...some, ...standing, since: 0, cause, code };
          const isTold = explainRegistration(status, journal, { now: 0 }).includes("\n  What to do: ");
          expect([cause, code, journal.length, needsAttention(status, journal)]).toEqual([
            cause,
            code,
            journal.length,
            isTold,
          ]);
        }
  });
});

describe("the advice", () => {
  it("leaves to the state what happens by itself", () => {
    const texts = Object.values(adviceFor).map(({ meaning, remedy }) => `${meaning} ${remedy}`);
    expect(texts.filter((text) => /\bagain\b/.test(text))).toEqual([]);
  });

  it("is of the code alone where a store of credentials fails with one that has a remedy", () => {
    const cause = "credentials-unavailable";
    const remedyOf = (code: string, detail: string) =>
      adviceOn({ cause, code, credentialSource: null, detail }).remedy;
    const ofStore = (code: string) =>
      remedyOf(
        code,
        storeFailure(Object.assign(new Error(), { code }), "keeping a key").failure.detail ?? "",
      );
    expect(ofStore("ENOSPC")).toBe("The disk is full: make room.");
    expect(ofStore("EROFS")).toContain("read-only: set credentials.directory");
    expect(ofStore("HTTP_503")).toBe(adviceFor[cause].remedy);
    expect(ofStore("toString")).toBe(adviceFor[cause].remedy);
    expect(remedyOf("EACCES", "The mounted key cannot be read.")).toBe(adviceFor[cause].remedy);
  });

  it("does not blame the token server for every missing token", () => {
    expect(adviceFor["credentials-unavailable"].meaning).toBe(
      "no access token could be had; code and detail say which step failed",
    );
  });
});

describe("explain, of a registration that the gateway refused", () => {
  const sources = [
    ["explicit", /option authToken/],
    ["mounted-key", /STRIKE48_CLIENT_ID/],
    ["saved", /credentials\.directory, else ~\/\.strike48/],
    ["one-time-token", /STRIKE48_REGISTRATION_TOKEN/],
    ["environment", /AUTH_TOKEN: it may have expired/],
    ["session", /session token of an earlier registration/],
    ["anonymous", /without a token/],
  ] as const;
  const refusals = [
    { cause: "register-refused", code: null },
    { cause: "identity-refused", code: "UNAUTHENTICATED" },
    { cause: "access-denied", code: "PERMISSION_DENIED" },
  ] as const;

  it.each(sources)(
    "names where its token came from, and what to do about it: %s",
    (credentialSource, words) => {
      for (const refusal of refusals) {
        const { remedy } = adviceOn({ ...refusal, credentialSource });
        expect(remedy).toMatch(words);
        expect(remedy).toContain("tenant, type and instance");
      }
    },
  );

  it.each(["saved", "one-time-token", "session"])(
    "says of what the gateway had given out itself that it may have lost it in a restart: %s",
    (credentialSource) => {
      const { remedy } = adviceOn({ cause: "register-refused", code: null, credentialSource });
      expect(remedy).toMatch(
        /does not know this client any more.*restarted without its state.*--state FOLDER/,
      );
      expect(remedy).toMatch(/revoked/);
    },
  );

  it("does so for a wrong AUTH_TOKEN at a real gateway", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const runtime = runtimeFor(gateway.url, { env: { AUTH_TOKEN: "planted-wrong-token" } });
    void runtime.start();
    await untilStatus(runtime, key, ({ state, cause }) => state === "backoff" && cause !== null);
    expect(runtime.explain(key)).toMatch(/What to do: It registered with the token of AUTH_TOKEN/);
    expect(runtime.explain(key)).not.toContain("planted");
  });

  it("never speaks of removing credentials while the clocks differ", () => {
    for (const cause of ["credentials-unavailable", "credentials-refused"] as const) {
      const { meaning, remedy } = adviceOn({ cause, code: "CLOCK_SKEW", credentialSource: "saved" });
      expect(`${meaning} ${remedy}`).toMatch(/clock/);
      expect(remedy).not.toMatch(/remove/);
    }
  });
});

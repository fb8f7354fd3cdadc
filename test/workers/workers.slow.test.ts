import { type Logger, type Runtime, type RuntimeOptions, silentLogger } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { eventually, serving, untilStatus } from "../support/until.js";
import { grpcHeaders, ScriptedServer } from "../transport-conformance/kit/scripted-server.js";
import { createRuntime, fixture, pathOf } from "./dist.js";

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function hosted(options: RuntimeOptions = {}): Promise<{ gateway: Gateway; runtime: Runtime }> {
  const gateway = await startGateway({ approval: "automatic" });
  ends.push(() => gateway.close());
  const runtime = createRuntime({
    url: gateway.url,
    workers: 2,
    module: fixture("connectors.mjs"),
    strict: true,
    env: {},
    backoff: { baseMs: 5, maxMs: 50, jitterMs: 5 },
    ...options,
  });
  ends.push(() => runtime.close());
  return { gateway, runtime };
}

/** A logger that tells when a line comes. */
class Log implements Logger {
  readonly lines: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
  readonly #waiting = new Map<string, () => void>();
  readonly #line = (level: string) => (fields: object, message: string) => {
    this.lines.push({ level, fields, message });
    this.#waiting.get(message)?.();
  };
  readonly debug = this.#line("debug");
  readonly info = this.#line("info");
  readonly warn = this.#line("warn");
  readonly error = this.#line("error");

  /** Resolves at the next line with this message. */
  says(message: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(message, resolve));
  }
}

const add = (runtime: Runtime, connector: string, ...instances: string[]) =>
  instances.map((instanceId) => runtime.add({ tenantId: "t", instanceId, connector }));

const workerOf = (runtime: Runtime, key: string) => runtime.registration(key).status().worker;

/** To every handler that computes until then. */
function tellToGoOn(): void {
  const orders = new BroadcastChannel("harm");
  orders.postMessage("go on");
  orders.close();
}

describe("a runtime with workers", () => {
  it("lets the number of slots move in each thread, for a registration or for all", async () => {
    const { gateway, runtime } = await hosted({ maxConcurrentRequests: { least: 1, most: 9 } });
    const [ofRuntime] = add(runtime, "where", "a");
    const own = runtime.add({
      tenantId: "t",
      instanceId: "b",
      connector: "where",
      maxConcurrentRequests: "adaptive",
    });
    await runtime.start();
    for (const [registration, slots] of [
      [ofRuntime, 3],
      [own, 20],
    ] as const) {
      await untilStatus(runtime, registration?.key ?? "", serving);
      expect(registration?.status().work.slots).toBe(slots);
      expect((await gateway.execute(registration?.key ?? "")).success).toBe(true);
    }
    expect(() =>
      runtime.add({ instanceId: "c", connector: "where", maxConcurrentRequests: { least: 0 } }),
    ).toThrow("maxConcurrentRequests.least must be a number from 1 to 1000000; got 0.");
  });

  it("spreads registrations evenly over threads of their own, and serves all of them", async () => {
    const { gateway, runtime } = await hosted();
    const keys = add(runtime, "where", "a", "b", "c", "d").map(({ key }) => key);
    const report = await runtime.start();
    expect([...report.ready].sort()).toEqual(keys);
    expect(runtime.status()).toMatchObject({ ready: true, phase: "running", gateway: gateway.url });
    const byWorker = new Map<number | null, Set<unknown>>();
    for (const key of keys) {
      const { threadId } = (await gateway.execute(key)).json() as { threadId: number };
      const worker = workerOf(runtime, key);
      byWorker.set(worker, (byWorker.get(worker) ?? new Set()).add(threadId));
    }
    expect([...byWorker.keys()].sort()).toEqual([1, 2]);
    const threads = [...byWorker.values()].map((ids) => [...ids]);
    expect(threads.map((ids) => ids.length)).toEqual([1, 1]);
    expect(threads[0]).not.toEqual(threads[1]);
    expect(threads.flat()).not.toContain(0);
  });

  it("takes the transport along to its threads", async () => {
    let agent: string | undefined;
    const server = await ScriptedServer.start((stream, headers) => {
      agent = headers["user-agent"];
      stream.respond({ ...grpcHeaders, "grpc-status": "14" }, { endStream: true });
    });
    ends.push(() => server.close());
    const { runtime } = await hosted({ url: `grpc://127.0.0.1:${server.port}`, transport: "grpc-js" });
    add(runtime, "where", "one");
    void runtime.start();
    await eventually(() => agent !== undefined);
    expect(agent).toContain("grpc-node-js");
  });

  it("tells of changes, explains, keeps the journal, and shows figures and connections", async () => {
    const { gateway, runtime } = await hosted();
    const [one] = add(runtime, "where", "a");
    const key = one?.key ?? "";
    const seen: string[] = [];
    const changes = runtime.changes();
    const reading = (async () => {
      for await (const change of changes) seen.push(`${change.from ?? "new"} > ${change.to}`);
    })();
    await runtime.start();
    expect(runtime.explain(key)).toContain("registered, approved and taking requests");
    expect(runtime.journal(key).map(({ state }) => state)).toEqual([
      "connecting",
      "awaitingRegister.first",
      "streaming.serving",
    ]);
    for (let i = 0; i < 3; i += 1) await gateway.execute(key);
    await eventually(() => runtime.registration(key).status().counters.requests_processed >= 3);
    expect(runtime.status().channels).toMatchObject([{ worker: 1, streams: 1 }]);
    await runtime.close();
    await reading;
    expect(seen.slice(0, 3)).toEqual([
      "new > connecting",
      "connecting > awaitingRegister.first",
      "awaitingRegister.first > streaming.serving",
    ]);
    expect(seen.at(-1)).toMatch(/> stopped$/);
  });

  it("pauses, resumes, restarts and removes a registration wherever it lives", async () => {
    const { runtime } = await hosted();
    const [one, other] = add(runtime, "where", "a", "b");
    if (!one || !other) throw new Error("both were added");
    await runtime.start();
    one.pause();
    await untilStatus(runtime, one.key, (status) => status.state === "paused");
    expect(runtime.status()).toMatchObject({ ready: false, phase: "running" });
    one.resume();
    await untilStatus(runtime, one.key, serving);
    other.restart();
    await untilStatus(runtime, other.key, (status) => !status.ready);
    await untilStatus(runtime, other.key, serving);
    await one.remove();
    await other.remove();
    expect(runtime.status()).toMatchObject({ phase: "running", registrations: [] });
    const [again] = add(runtime, "where", "a");
    await untilStatus(runtime, again?.key ?? "", serving);
  });

  it.each(["exit", "throw"])(
    "starts the registrations of a thread that dies (%s) in a fresh one; the others never notice",
    async (how) => {
      const { gateway, runtime } = await hosted();
      const [victim, other] = add(runtime, "harm", "a", "b");
      const [neighbour] = add(runtime, "where", "c");
      if (!victim || !other || !neighbour) throw new Error("all were added");
      await runtime.start();
      expect([workerOf(runtime, victim.key), workerOf(runtime, neighbour.key)]).toEqual([1, 1]);
      const { threadId } = (await gateway.execute(neighbour.key)).json() as { threadId: number };
      const answer = gateway.execute(victim.key, { payload: { how, to: threadId } });
      await untilStatus(runtime, victim.key, (status) => status.restarts === 1 && status.ready);
      await untilStatus(runtime, neighbour.key, (status) => status.restarts === 1 && status.ready);
      expect(other.status()).toMatchObject({ ready: true, restarts: 0, counters: { total_disconnects: 0 } });
      expect((await gateway.execute(neighbour.key)).success).toBe(true);
      // What the dead thread owed, the gateway gives to the fresh one.
      expect((await answer).json()).toBe("spared");
      await runtime.close();
      expect((await runtime.closed).faults.map(({ message }) => message)).toEqual([
        expect.stringMatching(how === "exit" ? /thread 1 .*code 3/ : /thread 1 died: nobody catches this/),
      ]);
    },
  );

  it("keeps a registration that is added again after it was removed twice", async () => {
    const { gateway, runtime } = await hosted({ workers: 1 });
    const add = () => runtime.add({ tenantId: "t", instanceId: "1", connector: "where" });
    const first = add();
    await runtime.start();
    await Promise.all([first.remove(), first.remove()]);
    const second = add();
    await untilStatus(runtime, second.key, serving);
    // Whatever its thread had still to say of the first was said before this answer.
    await gateway.execute(second.key, { payload: 1 });
    expect(second.status()).toMatchObject({ ready: true });
    expect(runtime.status().registrations.map(({ key }) => key)).toEqual([second.key]);
  });

  it("refuses what cannot cross to a thread, by its name, and leaves the others as they are", async () => {
    const { runtime } = await hosted({ workers: 1 });
    const kept = runtime.add({ tenantId: "t", instanceId: "kept", connector: "where" });
    await runtime.start();
    const metadata = new Proxy({ a: "b" }, {});
    const add = () => runtime.add({ tenantId: "t", instanceId: "2", connector: "where", metadata });
    expect(add).toThrow(
      expect.objectContaining({
        code: "INVALID_CONFIG",
        message: "metadata cannot cross to a worker thread: give plain data.",
      }),
    );
    expect(kept.status()).toMatchObject({ ready: true });
    expect(runtime.status().registrations).toHaveLength(1);
    const backoff = new Proxy({ baseMs: 5 }, {});
    expect(() => createRuntime({ workers: 1, module: fixture("connectors.mjs"), env: {}, backoff })).toThrow(
      "backoff cannot cross to a worker thread: give plain data.",
    );
  });

  it("parks the registrations of a thread that dies again and again, until somebody restarts them", async () => {
    const { gateway, runtime } = await hosted({ workers: 1 });
    const [victim] = add(runtime, "harm", "a");
    const key = victim?.key ?? "";
    await runtime.start();
    for (let deaths = 1; deaths <= 4; deaths += 1) {
      gateway.execute(key, { payload: { how: "exit" } }).catch(() => {});
      if (deaths < 4) await untilStatus(runtime, key, (status) => status.restarts === deaths && status.ready);
    }
    const parked = await untilStatus(runtime, key, (status) => status.state === "parked");
    expect(parked).toMatchObject({
      worker: null,
      ready: false,
      nextAction: { what: "restart() starts it again" },
    });
    expect(runtime.status().phase).toBe("running");
    victim?.restart();
    await untilStatus(runtime, key, serving);
  });

  it("does what was asked of registrations whose thread died before it heard", async () => {
    const logs = new Log();
    const { gateway, runtime } = await hosted({ workers: 1, logger: logs });
    const [victim, leaving, resting] = add(runtime, "harm", "a", "leaving", "resting");
    const [again, kept] = add(runtime, "where", "again", "kept");
    if (!victim || !leaving || !resting || !again || !kept) throw new Error("all were added");
    await runtime.start();
    const { threadId } = (await gateway.execute(kept.key)).json() as { threadId: number };
    for (const one of [again, kept]) {
      one.pause();
      await untilStatus(runtime, one.key, ({ state }) => state === "paused");
    }
    const orders = new BroadcastChannel("harm");
    ends.push(async () => orders.close());
    const harming = logs.says("harming");
    gateway.execute(victim.key, { payload: { how: "exit when told", to: threadId } }).catch(() => {});
    await harming;
    const left = leaving.remove();
    resting.pause();
    again.resume();
    orders.postMessage("now");
    await left;
    await untilStatus(runtime, again.key, serving);
    expect(resting.status()).toMatchObject({
      state: "paused",
      worker: null,
      nextAction: { what: "resume() starts it again" },
    });
    expect(kept.status().state).toBe("paused");
    expect(runtime.status().registrations.map(({ key }) => key)).not.toContain(leaving.key);
    resting.resume();
    await untilStatus(runtime, resting.key, serving);
  });

  it("finishes running work in a drain, and reports it", async () => {
    const logs = new Log();
    const { gateway, runtime } = await hosted({ logger: logs });
    const [one] = add(runtime, "patient", "a", "b");
    await runtime.start();
    const answer = gateway.execute(one?.key ?? "", { payload: "wait" });
    await logs.says("waiting");
    const report = await runtime.drain({ deadlineMs: 20_000 });
    expect(report).toEqual({ finished: 1, handedBack: 0, cancelled: 0, lost: [], forced: false });
    expect((await answer).json()).toBe("drained");
    expect((await runtime.closed).registrations).toMatchObject([
      { reason: "shutdown" },
      { reason: "shutdown" },
    ]);
  });

  it("logs what a handler threw in its worker, with the stack", async () => {
    const lines: object[] = [];
    const error = (fields: object) => void lines.push(fields);
    const { gateway, runtime } = await hosted({ workers: 1, logger: { ...silentLogger, error } });
    const [one] = add(runtime, "harm", "a");
    await runtime.start();
    const answer = await gateway.execute(one?.key ?? "", { payload: { how: "slip" } });
    expect(answer).toMatchObject({ success: false, error: "not meant" });
    await eventually(() => lines.length > 0);
    const stack = expect.stringContaining("connectors.mjs");
    expect(lines).toEqual([
      { registration: one?.key, requestId: expect.any(String), error: expect.any(String), stack, worker: 1 },
    ]);
    expect(one?.status().ready).toBe(true);
  });

  it("shows registrations of a thread that a handler blocks as not ready, and ready again when it answers", async () => {
    const logs = new Log();
    const { gateway, runtime } = await hosted({ workers: 2, logger: logs });
    const [blocked] = add(runtime, "harm", "a");
    const [neighbour] = add(runtime, "where", "b");
    await runtime.start();
    const key = blocked?.key ?? "";
    const harming = logs.says("harming");
    const answer = gateway.execute(key, { payload: { how: "wait until told" }, timeoutMs: 120_000 });
    await harming;
    const silent = await untilStatus(runtime, key, (status) => status.cause === "worker-blocked");
    expect(silent).toMatchObject({ ready: false, state: "streaming", worker: 1 });
    expect(silent.detail).toMatch(
      /^Worker 1 has not answered for \d+ s\. The handler `harm` of t\.harm\.a has run for \d+ s without giving way\.$/,
    );
    expect(runtime.status().ready).toBe(false);
    expect(runtime.explain(key)).toContain("worker-blocked: its worker thread does not answer");
    expect(neighbour?.status().ready).toBe(true);
    tellToGoOn();
    await untilStatus(runtime, key, (status) => status.ready);
    expect((await answer).success).toBe(true);
    expect(runtime.status().ready).toBe(true);
    const past = /^worker 1 was blocked for \d+ s by the handler `harm` of t\.harm\.a$/;
    await eventually(() => runtime.journal(key).some(({ event }) => event === "loop.blocked"));
    for (const [event, detail] of [
      [
        "worker.silent",
        /^Worker 1 has not answered for \d+ s\. The handler `harm` of t\.harm\.a has run for/,
      ],
      ["worker.answers", past],
      ["loop.blocked", /blocked for \d+ s by the handler `harm` of t\.harm\.a/],
    ] as const)
      expect(runtime.journal(key)).toContainEqual(
        expect.objectContaining({ kind: "note", event, detail: expect.stringMatching(detail) }),
      );
    expect(logs.lines).toContainEqual({
      level: "warn",
      fields: { worker: 1, silentMs: expect.any(Number), registration: key, handler: "harm" },
      message: expect.stringMatching(past),
    });
  });

  it("says of a thread that is blocked after an await which handlers were under way, to all in it", async () => {
    const logs = new Log();
    const heartbeat = { intervalMs: 1_000, timeoutMs: 2_000 };
    const { gateway, runtime } = await hosted({ workers: 1, logger: logs, heartbeat });
    const [blocked] = add(runtime, "harm", "a");
    const [neighbour] = add(runtime, "where", "b");
    await runtime.start();
    const harming = logs.says("harming");
    const how = "go on after an await, until told";
    const answer = gateway.execute(blocked?.key ?? "", { payload: { how }, timeoutMs: 120_000 });
    await harming;
    for (const { key } of [blocked, neighbour].flatMap((one) => one ?? [])) {
      const silent = await untilStatus(runtime, key, (status) => status.cause === "worker-blocked");
      expect(silent.detail).toMatch(
        /^Worker 1 has not answered for \d s\. Perhaps a handler goes on after an await \(under way: `harm` of t\.harm\.a\), or other code of its thread runs\.$/,
      );
    }
    tellToGoOn();
    for (const one of [blocked, neighbour])
      await untilStatus(runtime, one?.key ?? "", (status) => status.ready && status.cause === null);
    expect((await answer).success).toBe(true);
  });

  it("does not take what a blocked handler logs for a sign that its thread serves", async () => {
    const logs = new Log();
    const heartbeat = { intervalMs: 1_000, timeoutMs: 2_000 };
    const { gateway, runtime } = await hosted({ workers: 1, logger: logs, heartbeat });
    const [blocked] = add(runtime, "harm", "a");
    const key = blocked?.key ?? "";
    await runtime.start();
    const answer = gateway.execute(key, { payload: { how: "chat until told" }, timeoutMs: 120_000 });
    await untilStatus(runtime, key, (status) => status.cause === "worker-blocked");
    await logs.says("still at it");
    expect(blocked?.status().ready).toBe(false);
    tellToGoOn();
    await untilStatus(runtime, key, (status) => status.ready);
    expect((await answer).success).toBe(true);
  });

  it("does not show a stream as serving that was cut while its thread was blocked", async () => {
    const logs = new Log();
    const heartbeat = { intervalMs: 1_000, timeoutMs: 2_000 };
    const { gateway, runtime } = await hosted({ workers: 1, logger: logs, heartbeat });
    const [blocked] = add(runtime, "harm", "a");
    const key = blocked?.key ?? "";
    await runtime.start();
    const harming = logs.says("harming");
    const answer = gateway.execute(key, { payload: { how: "wait until told" }, timeoutMs: 120_000 });
    await harming;
    gateway.disturb("cut");
    await untilStatus(runtime, key, (status) => status.cause === "worker-blocked");
    tellToGoOn();
    const { counters } = await untilStatus(runtime, key, (status) => status.ready);
    expect(counters.total_disconnects).toBe(1);
    expect((await answer).success).toBe(true);
  });

  it("cuts off a thread that a handler blocks, and says so", async () => {
    const logs = new Log();
    const { gateway, runtime } = await hosted({ workers: 1, logger: logs });
    const [one] = add(runtime, "harm", "a");
    await runtime.start();
    const harming = logs.says("harming");
    gateway.execute(one?.key ?? "", { payload: { how: "block" } }).catch(() => {});
    await harming;
    const report = await runtime.drain({ deadlineMs: 200 });
    expect(report.forced).toBe(true);
    expect((await runtime.closed).faults).toHaveLength(1);
  });

  it("ends by itself when every registration has stopped with reconnect off", async () => {
    const { gateway, runtime } = await hosted({ reconnect: false });
    add(runtime, "where", "a", "b");
    await runtime.start();
    gateway.disturb("close");
    const { registrations } = await runtime.closed;
    expect(registrations).toHaveLength(2);
    expect(runtime.status().phase).toBe("stopped");
  });
});

describe("a registration that no worker can host", () => {
  const words = 'The module exports no connector of the type "uper". It exports: harm, patient, where.';

  it("disturbs no other, and is told by start(), also by a second one", async () => {
    const { gateway, runtime } = await hosted();
    const [good] = add(runtime, "where", "a");
    const [bad] = add(runtime, "uper", "b");
    for (let starts = 1; starts <= 2; starts += 1) {
      const { ready, failing } = await runtime.start();
      expect(ready).toEqual([good?.key]);
      expect(failing).toMatchObject([{ key: bad?.key, state: "parked" }]);
    }
    expect((await gateway.execute(good?.key ?? "")).success).toBe(true);
    expect(good?.status()).toMatchObject({ ready: true, counters: { total_disconnects: 0 } });
    await bad?.remove();
    expect(runtime.status()).toMatchObject({ ready: true, phase: "running" });
    await runtime.close();
    expect((await runtime.closed).faults.map(({ message }) => message)).toEqual([words]);
  });

  it("says in status, explain and journal why, and what to do", async () => {
    const { runtime } = await hosted();
    const [, bad] = [...add(runtime, "where", "a"), ...add(runtime, "uper", "b")];
    if (!bad) throw new Error("both were added");
    const { failing } = await runtime.start();
    expect(failing).toMatchObject([{ cause: "worker-refused", code: "INVALID_CONFIG" }]);
    expect(bad.status()).toMatchObject({ cause: "worker-refused", code: "INVALID_CONFIG", detail: words });
    expect(runtime.explain(bad.key)).toContain(
      [
        ": no worker can host it.",
        "  Cause: worker-refused (INVALID_CONFIG): no worker can host it as it was added.",
        `  Detail: ${words}`,
        "  What to do: Mend what the detail says: remove() it and add it with a connector that the module exports. A module that could not be loaded takes a restart() when it is mended, one that could takes a new process.",
        "  Next: restart() starts it again.",
      ].join("\n"),
    );
    expect(runtime.journal(bad.key).at(-1)).toMatchObject({ event: "worker.refused", detail: words });
  });

  it("leaves a runtime that has started as it is, though it has no other", async () => {
    const { runtime } = await hosted();
    await runtime.start();
    const [bad] = add(runtime, "uper", "a");
    expect((await runtime.start()).failing).toMatchObject([{ key: bad?.key, state: "parked" }]);
    const [good] = add(runtime, "where", "a");
    await untilStatus(runtime, good?.key ?? "", serving);
  });

  it("is refused by add() once a worker has told what the module exports", async () => {
    const { runtime } = await hosted();
    add(runtime, "where", "a");
    await runtime.start();
    expect(() => add(runtime, "uper", "b")).toThrow(words);
    expect(runtime.status().registrations).toHaveLength(1);
  });
});

describe("options of workers", () => {
  const inline = { connectorType: "x", execute: () => 1 } as never;

  it("refuses a handler of this thread", async () => {
    const { runtime } = await hosted();
    expect(() => runtime.add({ instanceId: "i", connector: inline })).toThrow(
      'connector must be the name of a connector that the module exports, because the runtime has workers: connector: "x".',
    );
  });

  it("refuses a name where there are no workers", () => {
    const runtime = createRuntime({ env: {} });
    expect(() => runtime.add({ instanceId: "i", connector: "x" })).toThrow(
      /names need the options workers and module/,
    );
  });

  it.each([
    [{ workers: 1 }, /workers needs module/],
    [
      { workers: -1, module: pathOf("connectors.mjs") },
      /workers must be a whole number from 0 to 256; got -1/,
    ],
    [
      { workers: 1, module: "connectors.mjs" },
      /module must be a file URL or an absolute path; got "connectors.mjs"/,
    ],
    [
      { workers: 1, module: pathOf("connectors.mjs"), inspect: true },
      /inspect cannot be used with workers\. Inspect with workers: 0, or ask mooring top/,
    ],
    [
      { workers: 1, module: pathOf("connectors.mjs"), random: Math.random },
      /random cannot be used with workers/,
    ],
  ])("refuses %o", (options, message) => {
    expect(() => createRuntime({ env: {}, ...options })).toThrow(message);
  });

  it.each([
    [
      "a type that the module does not export",
      "connectors.mjs",
      'The module exports no connector of the type "nothing". It exports: harm, patient, where.',
    ],
    ["a module that is not there", "no-such.mjs", "does not exist: name a file"],
    ["a module without connectors", "no-connectors.mjs", "exports no connector"],
  ])("start() rejects for %s", async (_, file, message) => {
    const { runtime } = await hosted({ module: fixture(file) });
    add(runtime, "nothing", "a");
    await expect(runtime.start()).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(message),
    });
    expect(runtime.status().phase).toBe("stopped");
  });
});

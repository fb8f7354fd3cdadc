import { type Logger, type Runtime, silentLogger } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import type { LogLevel } from "../../src/workers/worker-messages.js";
import { untilStatus } from "../support/until.js";
import { createRuntime, fixture } from "./dist.js";

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Line {
  readonly level: LogLevel;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

async function hosted(): Promise<{ gateway: Gateway; runtime: Runtime; lines: Line[] }> {
  const gateway = await startGateway({ approval: "automatic" });
  ends.push(() => gateway.close());
  const lines: Line[] = [];
  const error: Logger["error"] = (fields, message) =>
    void lines.push({ level: "error", fields: fields as Line["fields"], message });
  const runtime = createRuntime({
    url: gateway.url,
    workers: 1,
    module: fixture("fatal.mjs"),
    strict: true,
    env: {},
    backoff: { baseMs: 5, maxMs: 50, jitterMs: 5 },
    logger: { ...silentLogger, error },
  });
  ends.push(() => runtime.close());
  for (const connector of ["calc", "other"]) runtime.add({ tenantId: "t", instanceId: "1", connector });
  await runtime.start();
  return { gateway, runtime, lines };
}

const ask = (gateway: Gateway, how: string, requestId: string) =>
  gateway.execute("t.calc.1", { payload: { parameters: { how } }, capabilityId: "add", requestId });

describe("a request that ends its worker thread", () => {
  it.each([
    ["exit", "exit code 3"],
    ["exit later", "exit code 4"],
    ["reject", "an unhandled rejection: late"],
    ["reject later", "an unhandled rejection: later"],
    ["throw", "an exception that nobody caught: nobody catches this"],
  ])("is answered as failed after its second death (%s), and named", async (how, words) => {
    const { gateway, runtime, lines } = await hosted();
    const answer = await ask(gateway, how, "poison");
    expect(answer.success).toBe(false);
    expect(answer.error).toContain(`the worker ended twice while this request ran: ${words}`);
    const deaths = lines.filter(({ message }) => message.startsWith("worker 1 ended"));
    const said = `worker 1 ended: ${words}, probably by \`add\` (request poison) of t.calc.1`;
    expect(deaths.map(({ message }) => message)).toEqual([said, said]);
    expect(deaths[0]?.fields).toMatchObject({
      worker: 1,
      registration: "t.calc.1",
      handler: "add",
      requestId: "poison",
    });
    if (!how.startsWith("exit"))
      expect((deaths[0]?.fields.err as Error | undefined)?.stack).toContain("fatal.mjs");
    expect(lines.map(({ message }) => message)).not.toContain("fault inside Mooring");
    expect(runtime.journal("t.calc.1").filter(({ detail }) => detail === said)).toHaveLength(2);
    expect((await ask(gateway, "fine", "next")).success).toBe(true);
    expect((await gateway.execute("t.other.1")).json()).toBe("healthy");
  });

  it.each(["exit", "throw", "reject later"])(
    "is the only one that fails of those that were under way with it (%s)",
    async (how) => {
      const { gateway, runtime } = await hosted();
      const innocent = (id: string) => ask(gateway, "wait", id);
      const before = ["a", "b", "c"].map(innocent);
      const poison = ask(gateway, how, "poison");
      const after = ["d", "e"].map(innocent);
      await untilStatus(runtime, "t.calc.1", (status) => status.restarts >= 1);
      const later = ["f", "g"].map(innocent);
      expect((await poison).error).toContain("while this request ran");
      for (const one of await Promise.all([...before, ...after, ...later]))
        expect([one.error, one.success]).toEqual(["", true]);
      expect((await gateway.execute("t.other.1")).json()).toBe("healthy");
    },
  );

  it.each(["exit", "reject"])(
    "parks its own registration only, when there are too many (%s)",
    async (how) => {
      const { gateway, runtime } = await hosted();
      // Each ends two threads.
      for (const id of ["one", "two"]) {
        expect((await gateway.execute("t.other.1")).json()).toBe("healthy");
        void ask(gateway, how, id).catch(() => {});
        const restarts = id === "one" ? 2 : 3;
        await untilStatus(runtime, "t.other.1", (status) => status.restarts >= restarts && status.ready);
      }
      const parked = await untilStatus(runtime, "t.calc.1", (status) => status.state === "parked");
      expect(parked).toMatchObject({
        cause: "worker-died",
        nextAction: { what: "restart() starts it again" },
      });
      expect(parked.detail).toContain("(request two) of t.calc.1");
      await untilStatus(runtime, "t.other.1", (status) => status.restarts === 4 && status.ready);
      expect((await gateway.execute("t.other.1")).json()).toBe("healthy");
      expect(runtime.explain("t.calc.1")).toContain("given up, because its worker thread ended too often");
      expect(runtime.explain("t.calc.1")).toContain("Mend the handler that the detail names");
    },
  );
});

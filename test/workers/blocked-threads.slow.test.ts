/** What is said while every thread of a connector computes: that takes seconds by its meaning. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "mooring";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "../support/until.js";
import { serve, threaded } from "./served-threads.js";

/** A file that is not there: a handler computes until it is. */
async function signal(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mooring-threads-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "go");
}

describe("a connector with threads of its own", () => {
  it.each([
    ["before its first pause", false, "without giving way. Waiting for a thread: 1."],
    ["after an await", true, "without giving way, by now after an await. Waiting for a thread: 1."],
  ])(
    "is not ready while its only thread computes %s, and comes back by itself",
    async (_when, pauseFirst, how) => {
      const file = await signal();
      const connector = await threaded("blocker.mjs");
      const lines: [object, string][] = [];
      const info = (fields: object, text: string) => void lines.push([fields, text]);
      const { gateway, runtime, key, status } = await serve(connector, { logger: { ...silentLogger, info } });
      const ask = (payload: object, capabilityId: string, requestId: string) =>
        gateway.execute(key, { payload, capabilityId, requestId, timeoutMs: 600_000 });
      const blocking = ask({ file, pauseFirst }, "long", "r1");
      const next = ask({}, "short", "r2");
      await eventually(() => !status().ready && status().work.running === 2);
      expect(status()).toMatchObject({ state: "streaming", child: "serving", cause: "threads-blocked" });
      expect(status().detail).toMatch(/^Of 1 thread none answers: `long` \(request r1\) has run for \d+ s /);
      expect(status().detail).toContain(how);
      expect(runtime.explain(key)).toContain("not taking requests");
      expect(runtime.explain(key)).toContain("threads-blocked: every thread of its connector is held");
      expect(runtime.status().ready).toBe(false);
      await writeFile(file, "");
      expect((await blocking).json()).toBe("done");
      expect((await next).json()).toBe("done");
      expect(status()).toMatchObject({ ready: true, cause: null, detail: null });
      const held = lines.filter(([, text]) => text.includes("held its thread"));
      expect(held).toEqual([
        [
          expect.objectContaining({ requestId: "r1", ms: expect.any(Number) }),
          expect.stringMatching(/^a request held its thread for \d+ s without giving way$/),
        ],
      ]);
    },
  );

  it("is ready while one of its threads is free", async () => {
    const file = await signal();
    const connector = await threaded("blocker.mjs", { threads: 2 });
    const { gateway, key, status } = await serve(connector);
    const blocking = gateway.execute(key, { payload: { file }, timeoutMs: 600_000 });
    expect((await gateway.execute(key)).json()).toBe("done");
    const second = gateway.execute(key, { payload: { file }, timeoutMs: 600_000 });
    expect(status().ready).toBe(true);
    // Both are held; with one of them free it was ready all the time.
    await eventually(() => !status().ready);
    expect(status().detail).toMatch(/^Of 2 threads none answers: .*; /);
    await writeFile(file, "");
    await Promise.all([blocking, second]);
    expect(status().ready).toBe(true);
  });
});

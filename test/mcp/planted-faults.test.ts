/**
 * An agent that knows nothing but three calls, the same for every fault, reads the cause and what to do: at real
 * runtimes, over stdio, in both revisions of the protocol.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveControl } from "mooring";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untilStatus } from "../support/until.js";
import { type Agent, agentWith, revisions } from "./agent.js";
import { Bench, key } from "./bench.js";
import { faults } from "./planted.js";

const calls = ["status", "explain", "recording_summary"];

describe.skipIf(process.platform === "win32")("what an agent reads of", () => {
  let folder = "";
  let agents: readonly Agent[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mooring-agents-"));
    const args = ["--control", join(folder, "c.sock")];
    agents = await Promise.all(revisions.map((revision) => agentWith(args, revision)));
  });

  afterAll(async () => {
    for (const agent of agents) await agent[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it("knows more than twenty", () => {
    expect(Object.keys(faults).length).toBeGreaterThan(20);
  });

  it.each(Object.entries(faults))("%s", async (_, { plant, says }) => {
    await using bench = await Bench.make(join(folder, "c.sock"));
    const { runtime, until, key: sufferer = key } = await plant(bench);
    if (runtime && until) await untilStatus(runtime, sufferer, until);
    if (runtime) {
      const control = await serveControl(runtime, bench.control);
      bench.onEnd(() => control.close());
    }
    for (const agent of agents) {
      const answers = [];
      for (const name of calls) answers.push(await agent.call(name));
      const [status] = answers;
      expect(status).toMatchObject({ isError: false, data: { total: expect.any(Number) } });
      const texts = answers.map(({ text }) => text).join("\n");
      for (const words of says) expect(texts).toMatch(words);
      const all = JSON.stringify(answers);
      expect(all).not.toContain("planted-secret");
      expect(all.length).toBeLessThan(40_000);
    }
  });
});

/** What `mooring mcp` offers to agents, over stdio, in both revisions of the protocol. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createRuntime,
  defineTool,
  jsonSchema,
  type RuntimeOptions,
  serveControl,
  toolConnector,
} from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";
import { runCommand } from "../support/run-command.js";
import { serving, untilStatus } from "../support/until.js";
import { type Agent, agentWith, revisions } from "./agent.js";

const key = "acme.calculator.one";

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-mcp-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

const add = defineTool({
  name: "add",
  description: "Adds two numbers.",
  input: jsonSchema<{ a: number; b: number }>({
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" } },
  }),
  run: ({ a, b }) => a + b,
});

async function hosted(more = 0, options: Pick<RuntimeOptions, "refusedDelayMs"> = {}) {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const runtime = createRuntime({
    url: gateway.url,
    env: {},
    backoff: { baseMs: 10, maxMs: 20, jitterMs: 0 },
    ...options,
  });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "acme", instanceId: "one", connector: toolConnector("calculator", [add]) });
  for (let i = 0; i < more; i += 1)
    runtime.add({ tenantId: "acme", instanceId: `echo-${i}`, connector: echo });
  await runtime.start();
  const path = join(await folder(), "c.sock");
  const control = await serveControl(runtime, path);
  onTestFinished(() => control.close());
  return { gateway, runtime, path };
}

async function agentFor(args: readonly string[], revision: (typeof revisions)[number] = "2026-07-28") {
  const agent = await agentWith(args, revision);
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return agent;
}

const looking = ["status", "explain", "journal", "recording_summary", "replay_until", "doctor"];
const changing = ["try_tool", "inject_fault"];

/** Other programs may keep this process from running, which looks as if a handler did. */
const noneOfItsOwn = expect.toSatisfy((troubles: readonly string[]) =>
  troubles.every((name) => name === "handler blocks the loop"),
);

/** Every tool with all its words. */
async function toolsOf({ client }: Agent) {
  const { tools } = await client.listTools();
  for (const { name, title, description, inputSchema, outputSchema, annotations } of tools) {
    expect({ name, title, annotations }).toEqual({
      name,
      title: expect.any(String),
      annotations: expect.objectContaining({ readOnlyHint: looking.includes(name) }),
    });
    expect(description?.length, name).toBeGreaterThan(120);
    expect(inputSchema, name).toMatchObject({ type: "object", additionalProperties: false });
    expect(outputSchema, name).toMatchObject({ type: "object" });
    const fields = Object.entries(inputSchema.properties ?? {});
    for (const [field, schema] of fields) expect(schema, `${name}.${field}`).toHaveProperty("description");
  }
  return tools.map(({ name }) => name);
}

describe.skipIf(process.platform === "win32")("mooring mcp", () => {
  it.each(revisions)("of a running runtime only looks, by revision %s", async (revision) => {
    const { path, runtime } = await hosted();
    const agent = await agentFor(["--control", path], revision);
    expect(agent.client.getNegotiatedProtocolVersion()).toBe(revision);
    expect(agent.client.getInstructions()).toContain("explain without a key");
    expect(await toolsOf(agent)).toEqual(looking);

    const status = await agent.call("status");
    expect(status.data).toMatchObject({
      ready: true,
      total: 1,
      registrations: [{ key, ready: true, troubles: noneOfItsOwn }],
    });
    expect(status.text).toContain(`${key}: streaming.serving, ready`);
    expect((await agent.call("explain", { key })).text).toContain("registered, approved and taking requests");
    const { data } = await agent.call("journal", { key });
    const { entries, omitted } = data as { entries: readonly { event: string }[]; omitted: number };
    // A slow machine may have held up the loop meanwhile.
    const changes = entries.filter(({ event }) => event !== "loop.blocked");
    expect(changes).toMatchObject([{ state: "connecting" }, {}, { state: "streaming.serving" }]);
    expect(omitted).toBe(0);
    expect((await agent.call("doctor", { url: runtime.status().gateway })).data).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ check: "gateway", level: "ok" })]),
    });
  });

  it("answers bad arguments with what there is", async () => {
    const { path } = await hosted(1);
    const agent = await agentFor(["--control", path]);
    const wrong = async (name: string, args: Record<string, unknown>, words: string | RegExp) => {
      const { isError, text } = await agent.call(name, args);
      expect({ isError, text }).toEqual({ isError: true, text: expect.stringMatching(words) });
    };
    await wrong(
      "explain",
      { key: "acme.calculator.on" },
      `Did you mean "${key}"\\? There is: ${key}, acme.echo_test.echo-0`,
    );
    await wrong("journal", { key: "nobody" }, `There is: ${key}`);
    await wrong("journal", {}, /key/);
    await wrong("status", { state: "serving" }, /There is no state "serving".*streaming/);
    await wrong("status", { limit: 1_000 }, /limit/);
    await wrong("status", { filter: "x" }, /Unrecognized key: "filter"/);
    await wrong(
      "replay_until",
      { until: "credentialExchange" },
      /state that a registration came into.*streaming\.serving/,
    );
    await wrong("replay_until", { at: "yesterday" }, /at must be a time such as/);
    await wrong("recording_summary", { key: "acme.x.y" }, `There is: ${key}`);
  });

  it("says how many it leaves out, and how to ask for them", async () => {
    const { path, gateway } = await hosted(30);
    const agent = await agentFor(["--control", path]);
    const first = await agent.call("status", { search: "echo", limit: 10 });
    expect(first.data).toMatchObject({ total: 31, omitted: 20, hint: expect.stringContaining("offset 10") });
    expect(first.data?.registrations).toHaveLength(10);
    const last = await agent.call("status", { search: "echo", limit: 100, offset: 25 });
    expect(last.data).toMatchObject({ omitted: 25, hint: null });

    await gateway.close();
    const explained = await agent.call("explain");
    expect(explained.data).toMatchObject({ omitted: 26, healthy: 0, hint: expect.stringContaining("key") });
    const summary = await agent.call("recording_summary", { limit: 5 });
    expect(summary.data).toMatchObject({ registrations: 31, hint: expect.stringContaining("limit") });
    for (const { data } of [explained, summary]) expect(JSON.stringify(data).length).toBeLessThan(30_000);
  });

  it("says why nobody answers, before the runtime runs and after it has ended", async () => {
    const path = join(await folder(), "c.sock");
    const agent = await agentFor(["--control", path]);
    const { isError, text } = await agent.call("status");
    expect(isError).toBe(true);
    expect(text).toContain(`No runtime answers at ${path}. Is it still running`);
  });

  it("answers from a recording alone", async () => {
    // The next try does not come while it is written.
    const { gateway, runtime } = await hosted(0, { refusedDelayMs: 3_600_000 });
    gateway.fault({ failRegister: 1_000, failRegisterText: "the licence has ended" });
    gateway.disturb("cut");
    await untilStatus(runtime, key, ({ child }) => child === "refused");
    const file = join(await folder(), "outage.jsonl");
    let text = "";
    for await (const piece of runtime.recording()) text += piece;
    await writeFile(file, text);

    const agent = await agentFor(["--recording", file]);
    expect(await toolsOf(agent)).toEqual(looking);
    const status = await agent.call("status");
    expect(status.data).toMatchObject({
      source: "a recording",
      registrations: [
        {
          key,
          state: "backoff.refused",
          cause: "register-refused",
          troubles: expect.arrayContaining(["refused"]),
        },
      ],
    });
    expect((await agent.call("explain")).text).toMatch(/register-refused.*\n.*the licence has ended/);
    const journal = await agent.call("journal", { key });
    expect(journal.data?.entries).toContainEqual(expect.objectContaining({ from: "streaming.serving" }));
    const until = await agent.call("replay_until", { until: "serving" });
    expect(until.data).toMatchObject({
      reached: true,
      divergence: null,
      standing: [{ key, state: "streaming.serving", cause: null }],
    });
    const early = await agent.call("replay_until", { at: "+0", key });
    expect(early.data).toMatchObject({ reached: null, standing: [{ key, state: "connecting" }] });
  });

  const controlling = ({ httpUrl }: Gateway, path: string) =>
    agentFor(["--control", path, "--gateway", httpUrl, "--allow-control"]);

  it("tries tools and faults at an embedded gateway when that is allowed", async () => {
    const { gateway, runtime, path } = await hosted();
    const agent = await controlling(gateway, path);
    expect(await toolsOf(agent)).toEqual([...looking, ...changing]);
    const tried = await agent.call("try_tool", { key, tool: "add", parameters: { a: 1, b: 2 } });
    expect(tried.data).toMatchObject({ success: true, error: null, result: 3 });
    expect((await agent.call("try_tool", { key, tool: "ad" })).text).toContain('Did you mean "add"?');
    expect((await agent.call("try_tool", { key: "acme.x.y" })).text).toContain(`There is: ${key}`);

    const injected = await agent.call("inject_fault", { faults: { failRegister: 2 } });
    expect(injected.data).toMatchObject({ changed: { failRegister: 2 }, undo: { failRegister: 0 } });
    expect(gateway.faults()).toMatchObject({ failRegister: 2 });
    const ofSockets = await agent.call("inject_fault", { faults: { phxError: 1, delayJoinMs: 5 } });
    expect(ofSockets.data).toMatchObject({ undo: { phxError: 0, delayJoinMs: 0 } });
    expect(gateway.faults()).toMatchObject({ phxError: 1, delayJoinMs: 5 });
    expect((await agent.call("inject_fault", { faults: { failRegistr: 2 } })).text).toContain(
      '"failRegister"',
    );
    expect((await agent.call("inject_fault", { faults: { deaf: 1 } })).text).toMatch(
      /"deaf" takes a boolean/,
    );
    await untilStatus(runtime, key, serving);
  });

  it.each([
    [["--gateway", "http://127.0.0.1:1"], "--gateway needs --allow-control"],
    [["--allow-control"], "--allow-control needs --gateway"],
    [
      ["--gateway", "https://gateway.example", "--allow-control"],
      "must be an embedded gateway on this machine, such as http://127.0.0.1:50070, and not gateway.example",
    ],
    [["--gateway", "grpcs://192.0.2.1:443", "--allow-control"], "and not 192.0.2.1"],
    [["--recording", "x.jsonl", "--pid", "1"], "--recording goes without --pid and --control"],
    [["--recording", "/nowhere/x.jsonl"], "The recording cannot be read"],
  ])("with %s ends at once and says why", async (args, words) => {
    const { code, output } = await runCommand(["mcp", ...args], {});
    expect(code).toBeGreaterThan(0);
    expect(output).toContain(words);
  });
});

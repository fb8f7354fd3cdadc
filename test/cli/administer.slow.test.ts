/** The commands of an administrator against `mooring dev`, what that prints, and its state over `kill -9`. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRuntime, defineTool, jsonSchema, toolConnector } from "mooring";
import { describe, expect, it, onTestFinished } from "vitest";
import { follow } from "../support/run-command.js";
import { serving, untilStatus } from "../support/until.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const main = join(root, "dist/cli.js");
const key = "acme.calc.one";

const add = defineTool({
  name: "add",
  description: "Add",
  input: jsonSchema<{ a: number; b: number }>({ type: "object", properties: {} }),
  run: ({ a, b }) => ({ result: a + b, mark: "\u001b[31m\u202e" }),
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-administer-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** The built command with umask 0; no setting of the machine that runs the test. */
function mooring(args: readonly string[], env: Record<string, string>) {
  return follow(
    spawn("sh", ["-c", 'umask 0; exec "$0" "$@"', process.execPath, main, ...args], {
      cwd: root,
      env: { ...process.env, STRIKE48_API_URL: "", STRIKE48_URL: "", MOORING_ADMIN_TOKEN: "", ...env },
    }),
  );
}

async function bench(more: readonly string[] = [], env: Record<string, string> = {}) {
  const home = await folder();
  const settings = { HOME: home, ...env };
  const state = join(await folder(), "state");
  const start = (port: string) => mooring(["dev", "--port", port, "--state", state, ...more], settings);
  const dev = start("0");
  const [, port = ""] = await dev.says(/grpc:\/\/127\.0\.0\.1:(\d+)/);
  const url = `http://127.0.0.1:${port}`;
  const runtime = createRuntime({
    url: `grpc://127.0.0.1:${port}`,
    env: {},
    credentials: { directory: await folder() },
    backoff: { baseMs: 20, maxMs: 200, jitterMs: 20 },
    refusedDelayMs: 100,
  });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "acme", instanceId: "one", connector: toolConnector("calc", [add]) });
  await runtime.start();
  /** Runs one command to its end. */
  const run = async (...args: readonly string[]) => {
    const { exited, output } = mooring([...args, "--gateway", url], settings);
    return { code: await exited, output: output() };
  };
  return { dev, port, url, state, runtime, run, start };
}

describe("mooring approve, list, call, retry, reject and tokens", () => {
  it("do what mooring dev says, and it shows what comes", async () => {
    const { dev, url, runtime, run } = await bench();
    await dev.says(
      /waiting for approval; approve it with:\n +npx mooring approve acme\.calc\.one --gateway \S+\n/,
    );
    expect(await run("list")).toMatchObject({
      code: 0,
      output: expect.stringMatching(/acme\.calc\.one +pending +yes/),
    });
    expect(await run("approve", key)).toMatchObject({ code: 0, output: expect.stringContaining("approved") });
    await untilStatus(runtime, key, serving);
    const answer = await run("call", key, '{"a":1,"b":2}', "--tool", "add");
    expect(answer.code).toBe(0);
    // What a connector writes is no command to the terminal.
    expect(answer.output).toContain(String.raw`"\u001b[31m\u202e"`);
    expect(JSON.parse(answer.output)).toMatchObject({ result: 3 });
    await dev.says(/acme\.calc\.one {2}request \S{8} add\n[\s\S]*request \S{8} answered in \d+ ms/);
    expect(await run("call", key, "{}", "--tool", "nothing")).toMatchObject({
      code: 1,
      output: expect.stringMatching(/answered with a failure: .*\(request /),
    });
    expect(await run("call", key, '{"a":1}')).toMatchObject({
      code: 1,
      output: expect.stringContaining("If a tool is meant, name it with --tool; known: add.\n"),
    });
    expect(await run("call", key, "{a:1}")).toMatchObject({
      code: 2,
      output: expect.stringContaining("must be JSON"),
    });
    const before = runtime.status().registrations[0]?.counters.successful_reconnects ?? 0;
    expect((await run("retry", key)).code).toBe(0);
    await untilStatus(runtime, key, (s) => s.ready && s.counters.successful_reconnects > before);
    const issued = await run("tokens", "acme.other", "--ttl", "60000");
    expect(JSON.parse(issued.output)).toMatchObject({
      tenant_id: "acme",
      connector_type: "other",
      matrix_url: url,
    });
    expect(await run("tokens", "acme")).toMatchObject({
      code: 2,
      output: expect.stringContaining("TENANT.TYPE"),
    });
    expect(await run("approve", "acme.clac.one", "--wait", "0")).toMatchObject({
      code: 1,
      output: expect.stringMatching(
        /No connector with the key acme\.clac\.one has registered .*not have connected yet.*mooring list --gateway \S+\n$/,
      ),
    });
    expect((await run("reject", key)).code).toBe(0);
    expect(await run("call", key)).toMatchObject({
      code: 1,
      output: expect.stringContaining("was rejected"),
    });
  });

  it("wait for a connector that has not registered yet, and say meanwhile what waits", async () => {
    const { runtime, run } = await bench();
    const approved = run("approve", "acme.calc.two", "--wait", "60000");
    // Nothing before the first look could tell that somebody waits.
    const early = await run("approve", "acme.clac.one", "--wait", "200");
    // At the end, too, where people look.
    expect(early.output.split('did you mean "acme.calc.one"?')).toHaveLength(3);
    expect(early.output).toMatch(
      /did you mean "acme\.calc\.one".*Waiting for approval there now: acme\.calc\.one\./,
    );
    runtime.add({ tenantId: "acme", instanceId: "two", connector: toolConnector("calc", [add]) });
    expect(await approved).toMatchObject({ code: 0, output: expect.stringContaining("two: approved") });
    await untilStatus(runtime, "acme.calc.two", serving);
  });

  it("say how to become an administrator, and take the token of the environment", async () => {
    const { url, run } = await bench(["--quiet"], { MOORING_ADMIN_TOKEN: "let-me-in" });
    expect(await run("list")).toMatchObject({ code: 0 });
    const stranger = mooring(["list", "--gateway", url], { HOME: await folder() });
    expect(await stranger.exited).toBe(1);
    expect(stranger.output()).toContain(`run mooring login --gateway ${url}`);
    expect(stranger.output()).not.toContain("let-me-in");
    const nobody = mooring(["list", "--gateway", "http://127.0.0.1:1"], { HOME: await folder() });
    expect(await nobody.exited).toBe(2);
    expect(nobody.output()).toContain("No gateway answers at http://127.0.0.1:1");
  });
});

describe("mooring dev --state", () => {
  it("knows its connectors again after kill -9, in private files whatever the umask", async () => {
    const { dev, port, state, runtime, run, start } = await bench(["--quiet"]);
    await run("approve", key);
    await untilStatus(runtime, key, serving);
    dev.child.kill("SIGKILL");
    await dev.exited;
    await untilStatus(runtime, key, (s) => !s.ready);
    const again = start(port);
    await untilStatus(runtime, key, serving);
    expect(again.output()).not.toMatch(/refused|waiting for approval/);
    expect((await stat(state)).mode & 0o777).toBe(0o700);
    expect((await stat(join(state, "gateway-state.json"))).mode & 0o777).toBe(0o600);
    expect((await run("call", key, '{"a":1,"b":2}', "--tool", "add")).code).toBe(0);
    expect(again.output()).not.toContain("request ");
  });
});

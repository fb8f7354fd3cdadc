/** Programs in one call, as processes of their own. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Gateway, startGateway } from "mooring/gateway";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { follow, startCommand } from "../support/run-command.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

let gateway: Gateway;
let folder = "";
beforeEach(async () => {
  const started = await startGateway({ approval: "automatic" });
  // Inside the package, so that programs import it by its name.
  folder = await mkdtemp(join(root, "build", "program-"));
  gateway = started;
  onTestFinished(async () => {
    await started.close();
    await rm(folder, { recursive: true, force: true });
  });
});

async function program(code: string, env: Readonly<Record<string, string>> = {}) {
  const file = join(folder, "program.mjs");
  await writeFile(file, code);
  return follow(
    spawn(process.execPath, [file], {
      cwd: folder,
      env: { ...process.env, HOME: folder, STRIKE48_URL: gateway.url, INSTANCE_ID: "i", ...env },
    }),
  );
}

const tool = (body: string) => `
  import { defineTool, jsonSchema, runTool } from "mooring";
  const work = defineTool({
    name: "work",
    description: "Works",
    input: jsonSchema({ type: "object" }),
    run: async (_, { draining, signal }) => { ${body} },
  });`;

const call = (key: string) => gateway.execute(key, { capabilityId: "work", payload: { parameters: {} } });

describe("runTool", () => {
  it("[C14 #66] takes names from the environment, answers, drains at the first signal and ends with its code", async () => {
    const drains = `
      console.log("works");
      await new Promise((resolve) => draining.addEventListener("abort", resolve));
      return { done: true };`;
    const run = await program(`${tool(drains)}
      console.log("code", await runTool(work, { tenantId: "acme", control: "c.sock" }));`);
    await run.says("1 ready, 0 waiting for approval");
    const status = startCommand(["status", "--control", join(folder, "c.sock")]);
    expect(await status.exited).toBe(0);
    expect(status.output()).toContain("acme.work.i");
    const answer = call("acme.work.i");
    await run.says("works");
    run.child.kill("SIGTERM");
    expect((await answer).json()).toEqual({ done: true });
    expect(await run.exited).toBe(143);
    expect(run.output()).toContain("drained: 1 request finished");
    expect(run.output()).toContain("code 143");
  });

  it("closes at the second signal, whatever runs", async () => {
    const run = await program(
      `${tool('console.log("works"); await new Promise(() => {});')} await runTool(work);`,
    );
    await run.says("1 ready");
    const answer = call("default.work.i").catch(() => "given up");
    await run.says("works");
    run.child.kill("SIGINT");
    await run.says("Ctrl-C again closes");
    run.child.kill("SIGINT");
    expect(await run.exited).toBe(130);
    await gateway.close();
    await answer;
  });

  it("says what a handler threw in its log, and ends with 1 at what nobody caught", async () => {
    const throws = `setImmediate(() => { throw new Error("slipped"); }); throw new TypeError("unexpected");`;
    const run = await program(`${tool(throws)} await runTool(work);`);
    await run.says("1 ready");
    const answer = await call("default.work.i").catch(() => undefined);
    expect(answer?.success ?? false).toBe(false);
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain("a handler threw an unexpected error");
    expect(run.output()).toContain("an exception that nobody caught in this process");
  });

  it("leaves the program the time that its clean-up takes, and nothing that keeps the process", async () => {
    const run = await program(`${tool("return {};")}
      process.on("uncaughtException", ({ message }) => console.log("mine:", message));
      process.on("SIGUSR2", () => { throw new Error("slipped"); });
      const listeners = () => ["SIGINT", "SIGTERM", "uncaughtException"].map((name) => process.listenerCount(name)).join();
      await runTool(work, { health: 0 });
      console.log("listeners", listeners());
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      console.log("cleaned up");`);
    await run.says("1 ready");
    run.child.kill("SIGUSR2");
    await run.says("mine: slipped");
    expect((await call("default.work.i")).success).toBe(true);
    run.child.kill("SIGTERM");
    expect(await run.exited).toBe(143);
    expect(run.output()).toContain("listeners 0,0,1");
    expect(run.output()).toContain("cleaned up");
    expect(run.output()).not.toContain("that nobody caught");
  });

  it("refuses to lead a process twice", async () => {
    const run = await program(`${tool("return {};")}
      const first = runTool(work);
      await runTool(work).catch((error) => console.log(error.code, error.message));
      process.kill(process.pid, "SIGTERM");
      await first;`);
    await run.says("INVALID_CONFIG runTool() leads this process already");
    await run.exited;
  });

  it("ends with 1 and the fix for a setting that is wrong", async () => {
    const run = await program(`${tool("return {};")} await runTool(work);`, { STRIKE48_URL: "ftp://x" });
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain("INVALID_CONFIG");
  });
});

it("[C14 #67] serveStatic serves a folder, with probes", async () => {
  await writeFile(join(folder, "index.html"), "<h1>Hello</h1>");
  const run = await program(`
    import { serveStatic } from "mooring";
    await serveStatic(new URL(".", import.meta.url), { name: "Site", health: 0 });`);
  await run.says("1 ready");
  const page = await gateway.execute("default.app-site.i", { payload: { path: "/" } });
  expect(page.json()).toMatchObject({ content_type: "text/html", status: 200 });
  const [, url = ""] = await run.says(/health: (\S+) /);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  run.child.kill("SIGTERM");
  expect(await run.exited).toBe(143);
});

it("[C14 #65] runConnector serves several connectors", async () => {
  const run = await program(`
    import { requestResponseConnector, runConnector } from "mooring";
    const of = (type) => requestResponseConnector({ type, version: "1.0.0", execute: () => type });
    await runConnector([of("one"), of("two")]);`);
  await run.says("2 ready");
  expect((await gateway.execute("default.one.i")).json()).toBe("one");
  expect((await gateway.execute("default.two.i")).json()).toBe("two");
  run.child.kill("SIGINT");
  expect(await run.exited).toBe(130);
});

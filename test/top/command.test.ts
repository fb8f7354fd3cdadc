/** `mooring top` as a command, without a terminal: once, and as lines of JSON. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, serveControl } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";
import { runCommand, startCommand } from "../support/run-command.js";

const key = "acme.echo_test.one";

async function hosted() {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const runtime = createRuntime({ url: gateway.url, env: {} });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "acme", instanceId: "one", connector: echo });
  await runtime.start();
  const folder = await mkdtemp(join(tmpdir(), "mooring-top-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const control = await serveControl(runtime, join(folder, "c.sock"));
  onTestFinished(() => control.close());
  return { control, path: control.path };
}

describe.skipIf(process.platform === "win32")("mooring top", () => {
  it.each([[[]], [["--once"]]])("without a terminal prints the table once: %j", async (args) => {
    const { path } = await hosted();
    const { code, output } = await runCommand(["top", "--control", path, ...args], {});
    expect(code).toBe(0);
    expect(output).toMatch(/1 of 1 ready/);
    expect(output).toMatch(new RegExp(`${key} +streaming\\.serving`));
    expect(output).not.toContain("\x1b");
  });

  it("prints a line of JSON for each look, until the process is gone", async () => {
    const { path, control } = await hosted();
    const running = startCommand(["top", "--control", path, "--json", "--interval", "100"]);
    const [, text = ""] = await running.says(/^(\{.*\})\n(\{.*\})\n/);
    expect(JSON.parse(text)).toMatchObject({ ready: true, registrations: [{ key, troubles: [] }] });
    await control.close();
    await running.says(`No runtime answers at ${path}`);
    expect(await running.exited).toBe(2);
  });

  it("with --json ends in order when it is told to", async () => {
    const { path } = await hosted();
    const running = startCommand(["top", "--control", path, "--json", "--interval", "60000"]);
    await running.says(/^\{.*\}\n/);
    running.child.kill("SIGINT");
    expect(await running.exited).toBe(0);
  });

  it("that cannot ask anybody says so", async () => {
    const { code, output } = await runCommand(["top", "--control", "/nowhere/c.sock"], {});
    expect(code).toBe(2);
    expect(output).toContain("No runtime answers at /nowhere/c.sock");
  });
});

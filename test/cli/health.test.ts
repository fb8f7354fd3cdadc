import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { runCommand, startCommand } from "../support/run-command.js";

describe("mooring run --health", () => {
  it("serves probes and metrics from the start to the end", async () => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.close());
    const run = startCommand([
      ...["run", "examples/calculator.ts", "--url", gateway.url],
      ...["--tenant", "acme", "--instance", "one", "--health", "0"],
    ]);
    const [, url = ""] = await run.says(/health: (http:\/\/127\.0\.0\.1:\d+)/);
    await run.says("waiting for approval");
    const status = async (path: string) => (await fetch(url + path)).status;
    expect([await status("/livez"), await status("/readyz")]).toEqual([200, 503]);
    gateway.approve("acme.calculator.one");
    await run.says("streaming.serving");
    expect(await status("/readyz")).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("mooring_ready 1");
    run.child.kill("SIGTERM");
    expect(await run.exited).toBe(143);
  });

  it.each([
    [["--health-host", "0.0.0.0"], "give --health PORT, too"],
    [["--health", "70000"], "Expected a whole number from 0 to 65535."],
  ])("refuses %j", async (options, words) => {
    const { code, output } = await runCommand(["run", "examples/calculator.ts", ...options], {});
    expect(output).toContain(words);
    expect(code).not.toBe(0);
  });
});

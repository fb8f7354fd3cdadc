/** The built `mooring run --mcp`. */
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { isAlive, runCommand, startCommand } from "../support/run-command.js";
import { double } from "./rig.js";

describe("mooring run --mcp", () => {
  it("serves the tools of a server, and ends it when it ends", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const { child, exited, says, output } = startCommand([
      ...["run", "--mcp", `'${process.execPath}' "${double}" well`],
      ...["--type", "pages", "--url", gateway.url, "--tenant", "acme", "--instance", "one"],
    ]);
    await says("acme.pages.one");
    await gateway.until((one) => one.registrations().some(({ tools }) => tools.includes("say")));
    const payload = { parameters: { words: "hello" } };
    const answer = await gateway.execute("acme.pages.one", { capabilityId: "say", payload });
    expect(answer.json()).toEqual({ text: "hello" });
    const asked = await gateway.execute("acme.pages.one", { capabilityId: "pid", payload: {} });
    const { pid } = asked.json() as { readonly pid: number };
    child.kill("SIGTERM");
    expect(await exited, output()).toBe(143);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it("says with which code a server has ended that never answered", async () => {
    const { code, output } = await runCommand(["run", "--mcp", `'${process.execPath}' "${double}" dies`], {});
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringContaining("does not serve: its process ended with exit code 3."),
    });
  });

  it("says why a server does not serve", async () => {
    const { code, output } = await runCommand(["run", "--mcp", "no-such-program-here --port 1"], {});
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringContaining("The MCP server no-such-program-here does not serve"),
    });
  });
});

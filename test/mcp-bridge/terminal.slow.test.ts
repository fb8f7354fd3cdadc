/** The built `mooring run --mcp` as a terminal has it: SIGINT goes to its whole process group. */
import { spawn } from "node:child_process";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { cli, follow, isAlive } from "../support/run-command.js";
import { double } from "./rig.js";

async function serving() {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const child = spawn(
    process.execPath,
    [
      ...[cli, "run", "--mcp", `'${process.execPath}' "${double}" well`, "--type", "pages"],
      ...["--url", gateway.url, "--tenant", "acme", "--instance", "one"],
    ],
    { detached: true },
  );
  const { exited, says, output } = follow(child);
  await says("acme.pages.one");
  const toolsHave = (name: string) =>
    gateway.until((one) => one.registrations().some(({ tools }) => tools.includes(name)));
  await toolsHave("say");
  const call = async (capabilityId: string) =>
    (await gateway.execute("acme.pages.one", { capabilityId, payload: {} })).json();
  const { pid } = (await call("pid")) as { readonly pid: number };
  return { child, exited, says, output, call, toolsHave, pid };
}

it("answers the call that runs when Ctrl-C comes, and ends the server after it", async () => {
  const { child, exited, says, output, call, toolsHave, pid } = await serving();
  const running = call("untilSignal");
  await toolsHave("running");
  process.kill(-(child.pid ?? 0), "SIGINT");
  await says("draining");
  process.kill(pid, "SIGUSR2");
  expect(await running).toEqual({ text: "went on" });
  expect(await exited, output()).toBe(130);
  await expect.poll(() => isAlive(pid)).toBe(false);
});

it("does not leave the server behind when it is killed", async () => {
  const { child, exited, pid } = await serving();
  child.kill("SIGKILL");
  await exited;
  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
});

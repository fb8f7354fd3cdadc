/** `mooring run` when handlers do what ends a thread or the process, or compute without a pause. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Gateway, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { runCommand, startCommand } from "../support/run-command.js";

const fatal = fileURLToPath(new URL("../workers/fatal.mjs", import.meta.url));

async function folder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "mooring-end-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function hosted(...more: readonly string[]) {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const control = join(await folder(), "control.sock");
  const options = ["--url", gateway.url, "--tenant", "t", "--instance", "1", "--control", control];
  const run = startCommand(["run", fatal, ...options, ...more]);
  await run.says("2 ready");
  return { gateway, control, run };
}

const ask = (gateway: Gateway, how: string) =>
  gateway.execute("t.calc.1", { payload: { parameters: { how } }, capabilityId: "add" });

describe("mooring run", () => {
  it("stays, to be asked, while all that it hosts is parked, and goes on with what is not", async () => {
    const { gateway, control, run } = await hosted("--workers", "1");
    for (let time = 1; time <= 2; time += 1) ask(gateway, "exit").catch(() => {});
    await run.says("t.calc.1  parked  worker-died");
    expect((await gateway.execute("t.other.1")).json()).toBe("healthy");
    const explain = await runCommand(["explain", "t.calc.1", "--control", control], {});
    expect(explain.code).toBe(1);
    expect(explain.output).toContain("worker 1 ended: exit code 3, probably by `add` (request ");
    run.child.kill("SIGTERM");
    expect(await run.exited).toBe(143);
  });

  it("counts the handlers that a second signal cuts off", async () => {
    const { gateway, run } = await hosted();
    ask(gateway, "hang").catch(() => {});
    await run.says("hanging");
    run.child.kill("SIGINT");
    await run.says("draining");
    run.child.kill("SIGINT");
    expect(await run.exited).toBe(130);
    expect(run.output()).toContain("1 cancelled, 1 result unconfirmed");
  });

  it("says of a process whose handler computes without a pause that it is there", async () => {
    const { gateway, control, run } = await hosted();
    ask(gateway, "compute").catch(() => {});
    await run.says("computing");
    const status = await runCommand(["status", "--control", control], {});
    expect(status.code).toBe(2);
    expect(status.output).toContain(
      "is there but does not answer: a handler probably computes without a pause",
    );
  });

  it.each(["reject", "throw"])(
    "says in one line what nobody caught (%s), and ends with 1 after what runs",
    async (how) => {
      const { gateway, run } = await hosted();
      const answer = ask(gateway, how);
      answer.catch(() => {});
      expect(await run.exited).toBe(1);
      const [line, ...more] = run
        .output()
        .split("\n")
        .filter((one) => one.startsWith("mooring: "));
      const kind = how === "reject" ? "an unhandled rejection" : "an exception that nobody caught";
      expect(line).toMatch(
        new RegExp(`^mooring: ${kind} in this process \\(perhaps of a handler: .*fatal\\.mjs:\\d+\\): `),
      );
      expect(more).toEqual([]);
      expect(run.output()).not.toContain("    at ");
      if (how === "reject") expect((await answer).success).toBe(true);
    },
  );

  it("is told in explain without a key that another process takes its streams", async () => {
    const { gateway, control, run } = await hosted();
    const options = ["--url", gateway.url, "--tenant", "t", "--instance", "1"];
    const rival = startCommand(["run", fatal, ...options, "--control", join(await folder(), "rival.sock")]);
    await rival.says("2 ready");
    let told = "";
    while (!told.includes("Perhaps another process serves the same t.calc.1")) {
      expect(run.child.exitCode).toBe(null);
      told = (await runCommand(["explain", "--control", control], {})).output;
    }
    expect(told).toContain("INSTANCE_ID");
  });
});

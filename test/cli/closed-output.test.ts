/** Whoever reads the output leaves in the middle of it, as `| head` does. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The built command; `read` tells whether there is a reader, who leaves after the first piece of output. */
function mooring(args: readonly string[], read: boolean, env: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [join(root, "dist/cli.js"), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let errors = "";
  let look = () => {};
  child.stderr?.on("data", (chunk) => {
    errors += String(chunk);
    look();
  });
  const logs = (wanted: string) =>
    new Promise<void>((resolve) => {
      look = () => errors.includes(wanted) && resolve();
      look();
    });
  const left = new Promise<void>((resolve) => {
    const leave = () => {
      child.stdout?.destroy();
      resolve();
    };
    if (read) child.stdout?.once("data", leave);
    else leave();
  });
  const ended = new Promise<{ code: number | null; errors: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, errors }));
  });
  return { child, left, logs, ended };
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-cli-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

describe("without anybody to read its output", () => {
  it("mooring run goes on serving, and drains at a signal", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const control = join(await folder(), "c.sock");
    const file = join(root, "test/workers/connectors.mjs");
    const options = ["--url", gateway.url, "--instance", "i", "--control", control];
    const { child, left, logs, ended } = mooring(["run", file, ...options], true, { LOG_LEVEL: "info" });
    await left;
    await gateway.until((one) => one.stats().accepted >= 3, 60_000);
    await gateway.restart();
    await gateway.until((one) => one.stats().accepted >= 6, 60_000);
    const answer = gateway.execute("default.patient.i", { payload: "wait" });
    await logs('"msg":"waiting"');
    child.kill("SIGINT");
    expect((await answer).json()).toBe("drained");
    const { code, errors } = await ended;
    expect(code).toBe(130);
    expect(errors).not.toContain("EPIPE");
  });

  it("mooring dev goes on serving", async () => {
    const { child, left, ended } = mooring(["dev", "--port", "0"], true);
    await left;
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 130, errors: "" });
  });

  it.each([["doctor", "--url", "grpc://127.0.0.1:1"], ["--help"]])(
    "mooring %s ends quietly, with the code that it has otherwise",
    async (...args) => {
      const unread = await mooring(args, false).ended;
      expect(unread).toEqual({ code: args[0] === "doctor" ? 1 : 0, errors: "" });
    },
  );

  it("mooring demo ends, as at a signal", async () => {
    const { left, ended } = mooring(["demo"], true);
    await left;
    expect(await ended).toEqual({ code: 143, errors: "" });
  });
});

/** Output that cannot be written, as on a full disk. */
import { type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type GatewayOptions, startGateway } from "mooring/gateway";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

type Channel = "stdout" | "stderr";

const command = join(root, "dist/cli.js");

/** A gateway, and a runtime that serves it. */
async function hosted() {
  const gateway = await startGateway({ approval: "automatic" });
  const place = await mkdtemp(join(tmpdir(), "mooring-cli-"));
  const control = join(place, "c.sock");
  const file = join(root, "test/workers/connectors.mjs");
  const args = ["run", file, "--url", gateway.url, "--instance", "i", "--control", control];
  const child = spawn(process.execPath, [command, ...args], { cwd: root, stdio: "ignore" });
  await gateway.until((one) => one.stats().accepted >= 3, 60_000);
  const end = async () => {
    child.kill("SIGKILL");
    await gateway.close();
    await rm(place, { recursive: true, force: true });
  };
  return { gateway, control, end };
}

/** The built command with `full` on a full disk; what it prints on the others. */
function mooring(args: readonly string[], full: readonly Channel[], env: Record<string, string> = {}) {
  const to = (channel: Channel) => (full.includes(channel) ? openSync("/dev/full", "w") : "pipe");
  const stdio: StdioOptions = ["ignore", to("stdout"), to("stderr")];
  const child = spawn(process.execPath, [command, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { stdout: "", stderr: "" };
  for (const channel of ["stdout", "stderr"] as const)
    child[channel]?.on("data", (chunk) => {
      said[channel] += String(chunk);
    });
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, ...said }));
  return { child, ended };
}

async function gatewayFor(options: GatewayOptions = { approval: "automatic" }) {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-cli-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** It could be taken meanwhile; the output, which says the port otherwise, is what is lost here. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Waits for the gateway's API. */
async function answers(port: number): Promise<void> {
  while (!(await fetch(`http://127.0.0.1:${port}/api/registrations`).catch(() => undefined))?.ok)
    await pause(50);
}

const lost = (channel: Channel) => `mooring: ${channel} cannot be written (ENOSPC)`;

describe.skipIf(!existsSync("/dev/full"))("on a full disk", () => {
  it.each<[string, readonly Channel[], readonly string[]]>([
    ["the story", ["stdout"], []],
    ["the log", ["stderr"], []],
    ["the log, for people or not,", ["stderr"], ["--json"]],
    ["both", ["stdout", "stderr"], []],
  ])("mooring run goes on serving when %s cannot be written", async (_what, full, more) => {
    const gateway = await gatewayFor();
    const file = join(root, "test/workers/connectors.mjs");
    const options = [
      "--url",
      gateway.url,
      "--instance",
      "i",
      "--control",
      join(await folder(), "c.sock"),
      ...more,
    ];
    const { child, ended } = mooring(["run", file, ...options], full, { LOG_LEVEL: "debug" });
    await gateway.until((one) => one.stats().accepted >= 3, 60_000);
    await gateway.restart();
    await gateway.until((one) => one.stats().accepted >= 6, 60_000);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    if (!full.includes("stderr")) expect(stderr.split(lost("stdout"))).toHaveLength(2);
    expect(stderr).not.toMatch(/ {4}at /);
  });

  it.each<[readonly Channel[]]>([[["stdout"]], [["stderr"]], [["stdout", "stderr"]]])(
    "mooring dev goes on serving without %j",
    async (full) => {
      const port = await freePort();
      const { child, ended } = mooring(["dev", "--port", String(port)], full);
      await answers(port);
      await answers(port);
      child.kill("SIGINT");
      const { code, stderr } = await ended;
      expect(code).toBe(130);
      const story = full.includes("stdout") && !full.includes("stderr");
      expect(stderr).toBe(story ? `${lost("stdout")}; it goes on, and what it says is lost.\n` : "");
    },
  );

  it("mooring demo goes through its steps", async () => {
    const { code, stderr } = await mooring(["demo", "--once"], ["stdout"]).ended;
    expect(code).toBe(0);
    expect(stderr).toBe(`${lost("stdout")}; it goes on, and what it says is lost.\n`);
  });

  describe("a command that only prints", () => {
    // No command changes what another is told: all ask the same.
    let asked: Awaited<ReturnType<typeof hosted>>;
    beforeAll(async () => {
      asked = await hosted();
    });
    afterAll(() => asked.end());

    it.each([
      [["--help"]],
      [["doctor", "--help"]],
      [["--version"]],
      [["doctor"]],
      [["doctor", "--json"]],
      [["list"]],
      [["list", "--json"]],
      [["status"]],
      [["status", "--json"]],
      [["explain"]],
      [["call", "default.where.i"]],
      [["approve", "default.patient.i"]],
      [["tokens", "t.patient"]],
    ])("%j ends with 1 and one line on stderr", async ([...args]) => {
      const { gateway, control } = asked;
      const [first = ""] = args;
      const target = ["status", "explain"].includes(first)
        ? ["--control", control]
        : ["list", "call", "approve", "tokens"].includes(first)
          ? ["--gateway", gateway.httpUrl]
          : [];
      const env = { STRIKE48_URL: gateway.url, HOME: await folder() };
      const { code, stderr } = await mooring([...args, ...target], ["stdout"], env).ended;
      expect({ code, stderr }).toEqual({ code: 1, stderr: `${lost("stdout")}.\n` });
    });
  });

  it("a command whose complaint is lost has its exit code", async () => {
    const { code } = await mooring(["status", "--pid", "999999"], ["stderr"]).ended;
    expect(code).toBe(2);
    expect(await mooring(["status", "--no-such"], ["stdout", "stderr"]).ended).toMatchObject({ code: 2 });
  });
});

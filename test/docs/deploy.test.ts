import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRuntime } from "mooring";
import { serveHealth } from "mooring/health";
import { describe, expect, it } from "vitest";

const text = (name: string) =>
  readFileSync(new URL(`../../examples/deploy/${name}`, import.meta.url), "utf8");

const options = new Set(
  text("../../src/cli/main.ts")
    .match(/"--[a-z-]+/g)
    ?.map((one) => one.slice(1)),
);

const unknownOptions = (words: readonly string[]) =>
  words.filter((word) => word.startsWith("--") && !options.has(word));

describe("examples/deploy/mooring-connector.service", () => {
  const lines = text("mooring-connector.service")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const settings = new Map(lines.map((line) => line.split(/=(.*)/, 2) as [string, string]));

  it("is sections of settings", () => {
    expect(lines.filter((line) => line.startsWith("["))).toEqual(["[Unit]", "[Service]", "[Install]"]);
    expect(lines.filter((line) => !/^(?:\[\w+\]|[A-Z]\w+=.+)$/.test(line))).toEqual([]);
  });

  it("runs a command that there is, and gives a drain the time it takes", () => {
    const words = settings.get("ExecStart")?.split(" ") ?? [];
    expect(unknownOptions(words)).toEqual([]);
    const drainMs = Number(words[words.indexOf("--drain-deadline") + 1]);
    expect(Number(settings.get("TimeoutStopSec")) * 1_000).toBeGreaterThan(drainMs + 5_000);
    expect(settings.get("KillSignal")).toBe("SIGTERM");
    expect(settings.get("SuccessExitStatus")).toBe("143");
  });
});

describe("examples/deploy/Dockerfile", () => {
  const steps = text("Dockerfile")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const of = (name: string) =>
    steps.find((step) => step.startsWith(`${name} `))?.slice(name.length + 1) ?? "";

  it("has Node as its first process, as a user without rights, and a command that there is", () => {
    expect(steps[0]).toMatch(/^FROM node:\d+-slim$/);
    expect(JSON.parse(of("ENTRYPOINT"))).toEqual(["node", "node_modules/mooring/dist/cli.js"]);
    const words: readonly string[] = JSON.parse(of("CMD"));
    expect(unknownOptions(words)).toEqual([]);
    expect(of("EXPOSE")).toBe(words[words.indexOf("--health") + 1]);
    expect(of("USER")).toBe("10001:10001");
  });

  it("is probed where it serves its health, by a command that answers by its exit code", async () => {
    const [, command = ""] = of("HEALTHCHECK").split("CMD ");
    const [node, , script = ""]: readonly string[] = JSON.parse(command);
    expect(node).toBe("node");
    expect(script).toContain(`127.0.0.1:${of("EXPOSE")}/livez`);
    await using runtime = createRuntime({ url: "grpc://127.0.0.1:1" });
    await using health = await serveHealth(runtime);
    const { port } = new URL(health.url);
    const probe = (text: string) =>
      new Promise((resolve) =>
        execFile(process.execPath, ["-e", text], (error) => resolve(error?.code ?? 0)),
      );
    const here = script.replace(of("EXPOSE"), port);
    expect(await probe(here)).toBe(0);
    await runtime.close();
    expect(await probe(here)).toBe(1);
    await health.close();
    expect(await probe(here)).toBe(1);
  });

  it("drains for less than the time that its comment has Docker give", () => {
    const words: readonly string[] = JSON.parse(of("CMD"));
    const drainMs = Number(words[words.indexOf("--drain-deadline") + 1]);
    const [, seconds] = /docker stop --time (\d+)/.exec(text("Dockerfile")) ?? [];
    expect(Number(seconds) * 1_000).toBeGreaterThan(drainMs + 5_000);
    expect(of("STOPSIGNAL")).toBe("SIGTERM");
  });
});

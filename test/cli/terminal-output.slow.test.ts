/** What others wrote comes to a terminal without anything that commands it, whatever command prints it. */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { devLines } from "../../src/cli/dev-lines.js";
import { escapedJson, foreign, shellWord } from "../../src/cli/foreign-text.js";
import { runCommand } from "../support/run-command.js";

/** C0 and C1 signs, OSC 8 links, marks of direction, separators of lines. */
const hostile =
  "a\u001b[31m\u001b]8;;http://x\u0007\u0000\u0008\u007f\u0085\u009b2J\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeffz";
const commanding = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-terminal-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function serving(listener: RequestListener, path?: string): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) =>
    path ? server.listen(path, resolve) : server.listen(0, "127.0.0.1", resolve),
  );
  onTestFinished(() => void server.close());
  return path ? 0 : (server.address() as AddressInfo).port;
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_, response) =>
    void response
      .writeHead(status, { "content-type": "application/json", connection: "close" })
      .end(JSON.stringify(body));

const one = {
  key: hostile,
  state: hostile,
  child: null,
  ready: false,
  since: 0,
  cause: hostile,
  code: hostile,
  nextAction: { what: hostile, at: null },
  counters: { requests_processed: 0, requests_failed: 0 },
};
const status = { gateway: hostile, phase: hostile, ready: false, channels: [], registrations: [one] };

const env = { STRIKE48_API_URL: "", STRIKE48_URL: "", MOORING_ADMIN_TOKEN: "x" };

describe("terminal output of what others wrote", () => {
  it.each([["status"], ["status", "--json"], ["explain"]])("%s %s", async (...args) => {
    const path = join(await folder(), "c.sock");
    await serving((request, response) => {
      const body = request.url?.startsWith("/explain") ? { text: `${hostile}\n${hostile}` } : status;
      json(200, body)(request, response);
    }, path);
    const { output } = await runCommand([...args, "--control", path], env);
    expect(output).toMatch(/a.*z/);
    expect(output).not.toMatch(commanding);
  });

  it.each([[["status"]], [["explain", "a.b.c"]]])("an error of the control socket: %s", async (args) => {
    const path = join(await folder(), "c.sock");
    await serving(json(404, { error: `${hostile}\nmooring: all is well` }), path);
    const { output } = await runCommand([...args, "--control", path], env);
    expect(output).toMatch(/a.*z/);
    expect(output).not.toMatch(commanding);
    expect(output.trimEnd().split("\n")).toHaveLength(1);
  });

  const registration = { key: hostile, state: hostile, connected: true, openExecutes: 1, tools: [hostile] };
  it.each([
    [["list"], 200, [registration]],
    [["list", "--json"], 200, [registration]],
    [["call", hostile], 200, { success: true, payload: { [hostile]: hostile } }],
    [["call", hostile], 200, { success: false, error: hostile, requestId: hostile }],
    [["approve", hostile], 200, {}],
    [["tokens", "a.b"], 201, { token: hostile }],
    [["retry", hostile], 404, { error: { message: hostile } }],
    [["list"], 500, { error: { message: `${hostile}\nx` } }],
    [["login", "--no-browser"], 400, { error: hostile }],
  ])("%j with %i", async (args, code, body) => {
    const port = await serving(json(code, body));
    // The system's arguments end at a zero.
    const given = args.map((text) => text.replaceAll("\0", ""));
    const { output } = await runCommand([...given, "--gateway", `http://127.0.0.1:${port}`], {
      ...env,
      HOME: await folder(),
    });
    expect(output).not.toBe("");
    expect(output).not.toMatch(commanding);
  });

  const word = hostile.replaceAll("\0", "");
  it.each([
    [[word]],
    [["list", `--${word}`]],
    [["dev", "--approval", word]],
    [["dev", "--tls-cert", word, "--tls-key", word]],
    [["call", "k", word]],
    [["tokens", word]],
    [["run", word]],
    [["doctor", "--url", word]],
    [["doctor", "--json", "--url", word]],
    [["status", "--control", word]],
    [["whoami", "--gateway", word]],
    [["logout", "--gateway", word]],
  ])("an error that quotes what was given: %j", async (args) => {
    const { output } = await runCommand(args, { ...env, HOME: await folder(), LOG_LEVEL: "info" });
    expect(output).not.toBe("");
    expect(output).not.toMatch(commanding);
  });

  it.each([
    ["when it is loaded", "throw new Error(text);"],
    [
      "later",
      "setTimeout(() => { throw new Error(text); }); await new Promise((go) => setTimeout(go, 60_000));",
    ],
    ["as a rejection", "Promise.reject(new Error(text)); await new Promise((go) => setTimeout(go, 60_000));"],
  ])("an error that a module throws %s", async (_, code) => {
    const file = join(await folder(), "m.mjs");
    await writeFile(file, `const text = ${JSON.stringify(hostile)}; ${code}`);
    const { output, code: exit } = await runCommand(["run", file], { ...env, HOME: await folder() });
    expect(exit).toBe(1);
    expect(output).toMatch(/a.*z/);
    expect(output).not.toMatch(commanding);
  });

  it("a line of dev, and its command for a key that a shell would obey", () => {
    const event = { type: "registered", key: `a;$(x)'${hostile}`, state: "pending", why: hostile } as const;
    const lines = devLines(event as never, { approving: (key) => `approve ${shellWord(key)}`, quiet: false });
    expect(lines.join("\n")).not.toMatch(commanding);
    expect(lines[1]).toMatch(/^ {2}approve '.*'$/);
    const echoed = spawnSync("sh", ["-c", `printf %s ${shellWord("a;$(x)'b")}`]).stdout.toString();
    expect(echoed).toBe("a;$(x)'b");
    expect(shellWord("t.echo_test.one")).toBe("t.echo_test.one");
  });

  it("JSON keeps its value, and letters of any script stay", () => {
    const escaped = escapedJson(JSON.stringify({ hostile, tag: "\u{e0041}" }));
    expect(escaped).not.toMatch(commanding);
    expect(JSON.parse(escaped)).toEqual({ hostile, tag: "\u{e0041}" });
    expect(foreign("Zoë 東京 שלום 🙂 é")).toBe("Zoë 東京 שלום 🙂 é");
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Gateway, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Browser } from "./browser.js";
import { allow, deny, folder } from "./rig.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const main = join(root, "dist/cli.js");

interface Place {
  readonly gateway: Gateway;
  readonly home: string;
  /** Runs the built command; `onLine` sees each line as it comes. */
  readonly run: (
    args: readonly string[],
    onLine?: (line: string) => void,
    env?: Record<string, string>,
  ) => Promise<{ readonly exit: number | null; readonly output: string }>;
}

async function place(): Promise<Place> {
  const gateway = await startGateway();
  onTestFinished(() => gateway.close());
  const home = await folder();
  const run: Place["run"] = async (args, onLine = () => {}, env = {}) => {
    const child = spawn(process.execPath, [main, ...args], {
      env: { PATH: process.env.PATH, HOME: home, STRIKE48_URL: gateway.url, ...env },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let output = "";
    let seen = 0;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += String(chunk);
        const lines = output.split("\n");
        for (const line of lines.slice(seen, -1)) onLine(line);
        seen = lines.length - 1;
      });
    }
    const [exit] = await once(child, "close");
    return { exit, output };
  };
  return { gateway, home, run };
}

/** What a person does who is shown an address. */
const person = (act: (url: string, browser: Browser) => Promise<unknown>, done: Promise<unknown>[]) => {
  return (line: string) => {
    const [, url] = /^\s+(http:\/\/\S+\/auth\?\S+)$/.exec(line) ?? [];
    if (url) done.push(act(url, new Browser()));
  };
};

async function tokensOf(home: string): Promise<readonly string[]> {
  const saved = join(home, ".strike48", "sign-in");
  const [name = ""] = await readdir(saved);
  const { access_token, refresh_token } = JSON.parse(await readFile(join(saved, name), "utf8"));
  return [access_token, refresh_token];
}

describe("mooring login, whoami and logout", () => {
  it("sign a person in by the printed address, say who it is, and sign out, without a token on the screen", async () => {
    const { gateway, home, run } = await place();
    const pages: Promise<unknown>[] = [];
    const login = await run(["login", "--no-browser"], person(allow, pages));
    await Promise.all(pages);
    expect(pages).toHaveLength(1);
    expect(login).toMatchObject({ exit: 0, output: expect.stringContaining("Signed in at") });
    expect(login.output).toContain("as ada.");
    expect(login.output).toContain("ssh -L");
    const tokens = await tokensOf(home);
    expect((await stat(join(home, ".strike48", "sign-in"))).mode & 0o777).toBe(0o700);

    const who = await run(["whoami"]);
    expect(who).toMatchObject({ exit: 0, output: expect.stringContaining("ada at http://") });
    const json = await run(["whoami", "--json"]);
    expect(JSON.parse(json.output)).toMatchObject({ subject: "ada", issuer: gateway.realmUrl });

    const logout = await run(["logout"]);
    expect(logout).toMatchObject({ exit: 0, output: expect.stringContaining("revoked and deleted") });
    expect(await readdir(join(home, ".strike48", "sign-in"))).toEqual([]);
    for (const { output } of [login, who, json, logout])
      for (const token of tokens) expect(output).not.toContain(token);

    const nobody = await run(["whoami"]);
    expect(nobody).toMatchObject({ exit: 1, output: expect.stringContaining('run "mooring login"') });
    expect(await run(["logout"])).toMatchObject({
      exit: 0,
      output: expect.stringContaining("Nobody was signed in"),
    });
  });

  it("say why nobody is signed in: a person who denies, a gateway that is not there", async () => {
    const { gateway, home, run } = await place();
    const pages: Promise<unknown>[] = [];
    expect(await run(["login", "--no-browser"], person(deny, pages))).toMatchObject({
      exit: 1,
      output: expect.stringContaining("mooring: The sign-in was refused (access_denied)."),
    });
    await Promise.all(pages);
    await expect(readdir(join(home, ".strike48"))).rejects.toThrow("ENOENT");
    await gateway.close();
    expect(await run(["login", "--no-browser"])).toMatchObject({
      exit: 2,
      output: expect.stringContaining("cannot be reached"),
    });
  });

  it.skipIf(process.platform !== "linux")(
    "give the address to the platform's opener, and to no shell",
    async () => {
      const { run } = await place();
      const bin = await folder();
      const opened = join(bin, "opened");
      await writeFile(join(bin, "xdg-open"), `#!/bin/sh\nprintf '%s' "$1" > ${opened}\n`);
      await chmod(join(bin, "xdg-open"), 0o755);
      const pages: Promise<unknown>[] = [];
      const env = { DISPLAY: ":0", PATH: `${bin}${delimiter}${process.env.PATH}` };
      const login = await run(["login"], person(allow, pages), env);
      await Promise.all(pages);
      expect(login).toMatchObject({
        exit: 0,
        output: expect.stringContaining("browser window that has opened"),
      });
      // The opener is on its own once it was started.
      const { href } = await vi.waitFor(async () => new URL(await readFile(opened, "utf8")), 60_000);
      expect(login.output).toContain(href);
    },
  );
});

describe("mooring doctor", () => {
  it("exits with 0 where all is well, and with 1 where something fails, with a line for each", async () => {
    const { gateway, run } = await place();
    const well = await run(["doctor"]);
    expect(well.exit).toBe(0);
    expect(
      well.output
        .trim()
        .split("\n")
        .every((line) => line.startsWith("ok    ")),
    ).toBe(true);
    await gateway.close();
    const ill = await run(["doctor", "--json"]);
    expect(ill.exit).toBe(1);
    expect(JSON.parse(ill.output)).toContainEqual({
      level: "fail",
      check: "gateway",
      step: "tcp",
      ms: expect.any(Number),
      code: "ECONNREFUSED",
      what: expect.stringContaining("ECONNREFUSED"),
      fix: expect.stringContaining("start the gateway"),
    });
    const elsewhere = await run(["doctor", "--url", "grpc://a:b"]);
    expect(elsewhere).toMatchObject({
      exit: 1,
      output: expect.stringMatching(/^fail {2}.*--url.*\n {6}write grpc:/m),
    });
  });
});

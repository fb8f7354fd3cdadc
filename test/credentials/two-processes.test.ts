import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, utimesSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { lockFile } from "../../src/credentials/file-lock.js";
import { createFileStore } from "../../src/credentials/file-store.js";
import { ModeWatch } from "../../src/credentials/private-files.js";
import { eventually } from "../support/until.js";
import {
  gate,
  identity,
  never,
  Platform,
  type Received,
  recordingLogger,
  registerPath,
  temporaryFolder,
  tokenPath,
} from "./platform.js";

const script = fileURLToPath(new URL("./other-process.mjs", import.meta.url));
const waiting = "Another process is at work on this identity: waiting for its turn.";
const publicKeyOf = (request: Received) => (JSON.parse(request.body) as { public_key: string }).public_key;

interface Other {
  readonly child: ChildProcess;
  /** Resolves when it has printed a line with this text. */
  said(text: string): Promise<void>;
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>;
}

function startProcess(platform: Platform, directory: string, oneTimeToken: string): Other {
  const input = { authority: platform.authority, directory, oneTimeToken, identity };
  const child = spawn(process.execPath, [script, JSON.stringify(input)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on("line", (line) => lines.push(line)); // piped above
  const ended = once(child, "close").then(([code]) => code as number | null); // the event's first argument
  return { child, ended, said: (text) => eventually(() => lines.some((line) => line.includes(text))) };
}

/** A platform that gives each registration a client of its own. */
async function startPlatform(): Promise<Platform> {
  const platform = await Platform.start();
  let last = 0;
  platform.always(registerPath, () => {
    last += 1;
    return { status: 200, body: { ...platform.issued, client_id: `client-${last}` } };
  });
  return platform;
}

describe("two processes with one identity", () => {
  it("[W-13] at the same moment: one registers, the other waits and uses what was saved", async () => {
    const platform = await startPlatform();
    const directory = await temporaryFolder();
    const answer = gate();
    platform.next(registerPath, async () => {
      await answer.promise;
      return { status: 200, body: platform.issued };
    });
    const first = startProcess(platform, directory, "one-time-1");
    await platform.asked(registerPath);
    const second = startProcess(platform, directory, "one-time-2");
    await second.said(waiting);
    answer.open();
    expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
    expect(platform.received(registerPath)).toHaveLength(1);
    expect(platform.received(tokenPath)).toHaveLength(2);
    expect(await readdir(join(directory, "keys"))).toEqual(["acme.calc.calc-1.pem"]);
    expect(await readdir(join(directory, "credentials"))).toEqual(["acme.calc.calc-1.json"]);
  });

  it("[W-13] started together, six times over: one key, one set of credentials, nobody fails", async () => {
    const platform = await startPlatform();
    const directory = await temporaryFolder();
    const crowd = Array.from({ length: 6 }, (_, i) => startProcess(platform, directory, `one-time-${i}`));
    expect(await Promise.all(crowd.map((one) => one.ended))).toEqual([0, 0, 0, 0, 0, 0]);
    const registered = platform.received(registerPath);
    expect(new Set(registered.map(publicKeyOf)).size).toBe(1);
    const saved = await createFileStore({ directory }).load(identity);
    expect(saved?.credentials.clientId).toBe(`client-${registered.length}`);
    expect(await readdir(join(directory, "keys"))).toEqual(["acme.calc.calc-1.pem"]);
    expect(await readdir(join(directory, "credentials"))).toEqual(["acme.calc.calc-1.json"]);
  });

  it("[W-13] one that is killed during its call leaves its turn and its key to the other", async () => {
    const platform = await startPlatform();
    const directory = await temporaryFolder();
    const answer = gate();
    platform.next(registerPath, async () => {
      await answer.promise;
      return { status: 500 };
    });
    const first = startProcess(platform, directory, "one-time-1");
    await platform.asked(registerPath);
    const second = startProcess(platform, directory, "one-time-2");
    await second.said(waiting);
    first.child.kill("SIGKILL");
    expect(await second.ended).toBe(0);
    answer.open();
    expect(new Set(platform.received(registerPath).map(publicKeyOf)).size).toBe(1);
    const saved = await createFileStore({ directory }).load(identity);
    expect(saved?.credentials.clientId).toBe("client-1");
    expect(await readdir(join(directory, "keys"))).toEqual(["acme.calc.calc-1.pem"]);
  });
});

describe("[W-13] the lock", () => {
  const bench = async () => {
    const directory = await temporaryFolder();
    const { logger, lines } = recordingLogger();
    const options = { modes: new ModeWatch(logger), logger, pollMs: 1 };
    return { path: join(directory, "x.lock"), directory, lines, options };
  };

  it("is held by one at a time, and gone when it is released", async () => {
    const { path, directory, lines, options } = await bench();
    const first = await lockFile(path, never, options);
    const turns = ["first"];
    const second = lockFile(path, never, options).finally(() => turns.push("second"));
    await eventually(() => lines.some((line) => line.message === waiting));
    expect(turns).toEqual(["first"]);
    await first.release();
    await (await second).release();
    expect(await readdir(directory)).toEqual([]);
  });

  it("is not waited for any longer when the signal says so", async () => {
    const { path, lines, options } = await bench();
    await lockFile(path, never, options);
    const leaving = new AbortController();
    const second = lockFile(path, leaving.signal, options);
    await eventually(() => lines.some((line) => line.message === waiting));
    leaving.abort();
    await expect(second).rejects.toMatchObject({ name: "AbortError" });
  });

  it.each([
    ["a holder on another host", JSON.stringify({ pid: 1, space: "elsewhere", id: "x" })],
    ["a text that says nothing", "{"],
  ])("of %s is taken away when nobody has touched it for long", async (_name, text) => {
    const { path, directory, lines, options } = await bench();
    await mkdir(directory, { recursive: true });
    await writeFile(path, text, { mode: 0o600 });
    const lock = await lockFile(path, never, { ...options, staleMs: 20 });
    expect(lines.at(-1)).toMatchObject({ level: "warn", message: expect.stringContaining("left behind") });
    expect(await readFile(path, "utf8")).toContain(`"pid":${process.pid}`);
    await lock.release();
  });

  it.runIf(existsSync("/proc"))(
    "of a process whose id another one has now is taken away at once",
    async () => {
      const { path, lines, options } = await bench();
      const left = { pid: process.ppid, host: hostname(), space: null, started: "1", id: "x" };
      await writeFile(path, JSON.stringify(left), { mode: 0o600 });
      await (await lockFile(path, never, { ...options, staleMs: 600_000 })).release();
      expect(lines.at(-1)).toMatchObject({ level: "warn", message: expect.stringContaining("left behind") });
    },
  );

  it("that is touched is not stale, however old it is", async () => {
    const { path, options } = await bench();
    await writeFile(path, "somebody else's", { mode: 0o600 });
    const leaving = new AbortController();
    let looks = 0;
    const now = () => {
      looks += 1;
      utimesSync(path, looks, looks);
      if (looks === 100) leaving.abort();
      return looks * 1_000;
    };
    await expect(lockFile(path, leaving.signal, { ...options, now })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(await readFile(path, "utf8")).toBe("somebody else's");
  });

  it("that was taken away and given to another is not released by its former holder", async () => {
    const { path, options } = await bench();
    const slow = await lockFile(path, never, options);
    await writeFile(path, "the next one's", { mode: 0o600 });
    await slow.release();
    expect(await readFile(path, "utf8")).toBe("the next one's");
  });
});

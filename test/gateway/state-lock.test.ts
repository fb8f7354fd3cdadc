/** One gateway a state folder, whatever became of the one before. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { lockState } from "../../src/gateway/state-lock.js";
import { gatewayFor } from "./rig.js";

const script = fileURLToPath(new URL("./gateway-process.mjs", import.meta.url));

interface Told {
  readonly started: boolean;
  readonly message?: string;
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-lock-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** A gateway in another process, and whether it got the folder. */
async function elsewhere(state: string) {
  const child = fork(script, [JSON.stringify({ state })], { execArgv: [] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [told] = (await once(child, "message")) as [Told];
  const kill = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { ...told, pid: child.pid, kill };
}

const lockOf = (state: string) => join(state, "gateway-state.lock");

/** A lock as somebody left it behind. */
async function leftBehind(state: string, text: string): Promise<void> {
  await mkdir(lockOf(state));
  await writeFile(join(lockOf(state), "left"), text);
}

const endedPid = 2 ** 22 + 1;

describe("the lock on a state folder", () => {
  it("is held by one process, and taken over when that was ended by kill -9", async () => {
    const state = await folder();
    const other = await elsewhere(state);
    expect(other.started).toBe(true);
    await expect(startGateway({ state })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(`is in use by a gateway in the process ${other.pid}: end that one`),
    });
    await other.kill();
    await (await gatewayFor({ state })).close();
    expect(await readdir(state)).toEqual(["gateway-state.json"]);
  });

  it("is got by one of many that find a stale one at once, again and again", async () => {
    const state = await folder();
    await leftBehind(state, JSON.stringify({ pid: endedPid, host: hostname() }));
    for (let round = 0; round < 20; round += 1) {
      const all = await Promise.allSettled(Array.from({ length: 12 }, () => lockState(state)));
      const got = all.filter((one) => one.status === "fulfilled");
      expect(got).toHaveLength(1);
      await got[0]?.value();
      await leftBehind(state, JSON.stringify({ pid: endedPid, host: hostname() }));
    }
  });

  it("is got by one of several processes that find a stale one at once", async () => {
    const state = await folder();
    await (await elsewhere(state)).kill();
    const all = await Promise.all(Array.from({ length: 4 }, () => elsewhere(state)));
    expect(all.filter((one) => one.started)).toHaveLength(1);
    const winner = all.find((one) => one.started);
    for (const { started, message } of all)
      if (!started) expect(message).toContain(`in the process ${winner?.pid}: end that one`);
  });

  it("of another host is refused, with that host and what to remove", async () => {
    const state = await folder();
    await leftBehind(state, JSON.stringify({ pid: 7, host: "elsewhere.example" }));
    await expect(startGateway({ state })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: `The gateway's state folder ${state} is locked by a gateway on the host elsewhere.example (process 7), and whether that one still runs cannot be seen from here: end it, or when it has ended remove ${lockOf(state)}.`,
    });
    await rm(lockOf(state), { recursive: true });
    await (await gatewayFor({ state })).close();
  });

  it.each([
    [
      "a process id that another process has now",
      { pid: process.ppid, host: hostname(), space: null, started: "1" },
    ],
    ["a container of the same name", { pid: process.pid, host: hostname(), space: "other", started: "1" }],
  ])("is taken over from %s", async (_name, holder) => {
    const state = await folder();
    const first = await gatewayFor({ state });
    await first.close();
    await leftBehind(state, JSON.stringify(holder));
    await (await gatewayFor({ state })).close();
  });

  it.each(["", '{"pi', '{"pid":"x"}', "[]"])(
    "is taken over when it says %j, as nobody does",
    async (text) => {
      const state = await folder();
      await leftBehind(state, text);
      await (await gatewayFor({ state })).close();
    },
  );

  it("a file in its place is refused by its path", async () => {
    const state = await folder();
    await writeFile(lockOf(state), "");
    await expect(startGateway({ state })).rejects.toMatchObject({
      code: "IO_ERROR",
      message: expect.stringContaining(`${lockOf(state)} is no lock of a gateway: remove it.`),
    });
  });
});

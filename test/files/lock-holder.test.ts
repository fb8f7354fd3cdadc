import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Readable, Writable } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { holderHere, holderIn, stateOf } from "../../src/files/lock-holder.js";
import { eventually } from "../support/until.js";

const here = holderHere();

describe("who holds a lock", () => {
  it("is read as it was written", () => {
    expect(holderIn(JSON.stringify({ ...here, id: "x" }))).toEqual(here);
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    '{"pid":"1","host":"h"}',
    '{"pid":-1,"host":"h"}',
    '{"pid":0,"host":"h"}',
    '{"pid":1}',
  ])("is nobody in %j", (text) => {
    expect(holderIn(text)).toBeUndefined();
  });

  it("runs, has ended, or is where nobody can tell", () => {
    expect(stateOf({ ...here, started: null })).toBe("this-pid");
    expect(stateOf({ ...here, pid: 2 ** 22 + 1 })).toBe("ended");
    expect(stateOf({ ...here, host: `not-${hostname()}` })).toBe("another-host");
  });

  it.runIf(existsSync("/proc/self/stat"))("is told from a process that has its id now", async () => {
    expect(stateOf(here)).toBe("runs");
    expect(stateOf({ ...here, started: "1" })).toBe("ended");
    expect(stateOf({ ...here, pid: process.ppid, started: "1" })).toBe("ended");
    expect(stateOf({ ...here, space: "other" })).toBe("another-space");
  });

  it.runIf(existsSync("/proc/self/stat"))("has ended although its parent has not looked yet", async () => {
    // A shell would look after its child: the child ends when its parent has become another program.
    const parent = spawn("sh", ["-c", "cat <&3 & echo $!; exec 3<&-; exec sleep 600"], {
      stdio: ["ignore", "pipe", "ignore", "pipe"],
    });
    onTestFinished(() => void parent.kill("SIGKILL"));
    const [said] = (await once(parent.stdout as Readable, "data")) as [Buffer];
    const pid = Number(String(said));
    await eventually(() => readFileSync(`/proc/${parent.pid}/comm`, "latin1") === "sleep\n");
    (parent.stdio[3] as Writable).end();
    const fields = () => readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ");
    await eventually(() => fields()?.[0] === "Z");
    expect(stateOf({ ...here, pid, started: fields()?.[19] ?? null })).toBe("ended");
  });
});

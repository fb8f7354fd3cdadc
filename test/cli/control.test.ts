import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, serveControl } from "mooring";
import { describe, expect, it, onTestFinished } from "vitest";
import { askControl, controlledProcesses } from "../../src/control/client.js";

const runtime = createRuntime({ env: {} });

async function folder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "mooring-control-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** What a process leaves that ends without closing. */
async function leftSocket(path: string): Promise<void> {
  const server = new Server();
  await new Promise<void>((resolve) => server.listen({ path }, resolve));
  await rename(path, `${path}.kept`);
  await new Promise((resolve) => server.close(resolve));
  await rename(`${path}.kept`, path);
}

describe.skipIf(process.platform === "win32")("the control socket", () => {
  it("is not taken from a runtime that answers there", async () => {
    const path = join(await folder(), "c.sock");
    const first = await serveControl(runtime, path);
    onTestFinished(() => first.close());
    await expect(serveControl(runtime, path)).rejects.toMatchObject({
      code: "IO_ERROR",
      message: `Cannot listen at ${path}: something else listens there (EADDRINUSE). End it, or set path (--control) to another.`,
    });
    expect((await askControl(path, "/status")).status).toBe(200);
  });

  it("takes the place of one that a process has left", async () => {
    const path = join(await folder(), "c.sock");
    await leftSocket(path);
    const server = await serveControl(runtime, path);
    onTestFinished(() => server.close());
    expect((await askControl(path, "/status")).status).toBe(200);
  });

  it("never takes the place of another file", async () => {
    const path = join(await folder(), "notes.txt");
    await writeFile(path, "keep me");
    await expect(serveControl(runtime, path)).rejects.toMatchObject({
      code: "IO_ERROR",
      message: `Cannot listen at ${path}: there is a file that is no socket (EEXIST). Set path (--control) to another.`,
    });
    expect(await readFile(path, "utf8")).toBe("keep me");
  });

  it.each([
    ["a path through a file", "notes.txt/c.sock", /: a part of the path is no folder \(ENOTDIR\)\./],
    ["a path deep in a file", "notes.txt/a/c.sock", /: a part of the path is no folder \(ENOTDIR\)\./],
    ["a path in no folder", "nope/c.sock", /: its folder does not exist \(ENOENT\)\. Make it, or set/],
    ["a path that is too long", `${"x".repeat(150)}.sock`, /the path is too long for a socket/],
  ])("says why %s cannot be its own", async (_, name, words) => {
    const directory = await folder();
    await writeFile(join(directory, "notes.txt"), "keep me");
    await expect(serveControl(runtime, join(directory, name))).rejects.toMatchObject({
      code: "IO_ERROR",
      message: expect.stringMatching(words),
    });
  });
});

describe.skipIf(process.platform === "win32")("the folder of control sockets", () => {
  it("loses what killed processes have left when a new one serves there, and nothing else", async () => {
    const { XDG_RUNTIME_DIR } = process.env;
    onTestFinished(() => {
      if (XDG_RUNTIME_DIR === undefined) delete process.env.XDG_RUNTIME_DIR;
      else process.env.XDG_RUNTIME_DIR = XDG_RUNTIME_DIR;
    });
    process.env.XDG_RUNTIME_DIR = await folder();
    const path = join(process.env.XDG_RUNTIME_DIR, "mooring");
    await mkdir(path, { mode: 0o700 });
    // No process of Linux has such an id.
    const [ended, elsewhere, living] = [2 ** 22 + 1, 2 ** 22 + 2, process.ppid];
    await leftSocket(join(path, `${ended}.sock`));
    await leftSocket(join(path, `${living}.sock`));
    const answering = await serveControl(runtime, join(path, `${elsewhere}.sock`));
    onTestFinished(() => answering.close());
    const server = await serveControl(runtime);
    onTestFinished(() => server.close());
    expect(new Set(await controlledProcesses())).toEqual(new Set([elsewhere, living, process.pid]));
  });

  /** Its parent, which is the runtime folder of this user for the test. */
  async function parent(): Promise<string> {
    const directory = await folder();
    const before = process.env.XDG_RUNTIME_DIR;
    process.env.XDG_RUNTIME_DIR = directory;
    onTestFinished(() => {
      if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
      else process.env.XDG_RUNTIME_DIR = before;
    });
    return directory;
  }
  const refusal = (why: string) => ({ code: "IO_ERROR", message: expect.stringContaining(why) });

  it("is made for this user alone, whatever the umask", async () => {
    const directory = await parent();
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const server = await serveControl(runtime);
    onTestFinished(() => server.close());
    expect((await stat(join(directory, "mooring"))).mode & 0o777).toBe(0o700);
    expect((await stat(server.path)).mode & 0o777).toBe(0o600);
    expect((await askControl(process.pid, "/status")).status).toBe(200);
  });

  it.each([
    ["a link to a folder", (path: string) => symlink(tmpdir(), path), "is no folder, or a link to one"],
    ["a file", (path: string) => writeFile(path, ""), "is no folder, or a link to one"],
    [
      "a folder that others can write to",
      async (path: string) => {
        await mkdir(path);
        await chmod(path, 0o777);
      },
      "can be written by others",
    ],
    [
      "a folder of another user",
      async (path: string) => {
        await mkdir(path);
        await chown(path, 12_345, 12_345);
      },
      "belongs to another user (12345)",
    ],
  ])("is not used when it is %s, by servers and by those who ask", async (what, make, why) => {
    // Only root can give a folder away.
    if (what === "a folder of another user" && process.getuid?.() !== 0) return;
    await make(join(await parent(), "mooring"));
    await expect(serveControl(runtime)).rejects.toMatchObject(refusal(why));
    await expect(controlledProcesses()).rejects.toMatchObject(refusal(why));
    await expect(askControl(process.pid, "/status")).rejects.toMatchObject(refusal(why));
  });

  it.each([
    [{ path: "/tmp/x.sock" }, "path must be a text; got an object. Write serveControl(runtime, "],
    ["", "path must be a text; got an empty one."],
    [7, "path must be a text; got a number."],
  ])("refuses %j for a path", async (path, words) => {
    await expect(serveControl(runtime, path as never)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(words),
    });
  });

  it("refuses what is no runtime", async () => {
    await expect(serveControl({} as never)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message:
        "serveControl() takes a runtime first, an object with the functions status, explain and journal; got an object.",
    });
  });
});

import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, serveControl } from "mooring";
import { describe, expect, it, onTestFinished } from "vitest";
import { askControl } from "../../src/control/client.js";

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

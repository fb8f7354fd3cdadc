/** Folders are made, or refused with the system's error; Node's own way never ends under /proc. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { makeFolder } from "../../src/files/make-folder.js";

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-make-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

it("makes what is missing for this user alone, and says what was made first", async () => {
  const base = await folder();
  expect(await makeFolder(join(base, "a", "b"))).toBe(join(base, "a"));
  expect((await stat(join(base, "a", "b"))).mode & 0o777).toBe(0o700);
  expect(await makeFolder(join(base, "a", "b"))).toBeUndefined();
  expect(await makeFolder("/")).toBeUndefined();
});

it("refuses what a file or a link to nothing stands in the way of", async () => {
  const base = await folder();
  await writeFile(join(base, "file"), "");
  await symlink(join(base, "nothing"), join(base, "link"));
  await expect(makeFolder(join(base, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolder(join(base, "file", "x"))).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeFolder(join(base, "link", "x"))).rejects.toMatchObject({ code: "EEXIST" });
});

it.runIf(existsSync("/proc/self"))(
  "ends where the system says of a folder that there is none, although its parent is there",
  async () => {
    await expect(makeFolder("/proc/mooring/x")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(startGateway({ state: "/proc/mooring" })).rejects.toMatchObject({
      code: "IO_ERROR",
      message:
        "The gateway's state folder /proc/mooring cannot be locked (ENOENT): state (--state) names a folder that its user may write.",
    });
  },
);

/** What is remembered of folders lasts no longer than nothing can have been made in them. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isAbsent } from "../../src/credentials/private-files.js";
import { codeOf } from "../../src/errors.js";

async function home(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mooring-looks-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Up to Node 24 a look below a file may throw, as to open it would. */
function isAbsentBelowFile(path: string): boolean {
  try {
    return isAbsent(path);
  } catch (error) {
    expect(codeOf(error)).toBe("ENOTDIR");
    return false;
  }
}

describe("whether a file is absent", () => {
  it("is seen anew as soon as a folder that was missing has been made", async () => {
    const folder = join(await home(), "a", "b");
    const path = join(folder, "one.json");
    expect(isAbsent(path)).toBe(true);
    await mkdir(folder, { recursive: true });
    expect(isAbsent(path)).toBe(true);
    await writeFile(path, "{}");
    expect(isAbsent(path)).toBe(false);
  });

  it("is no for what lies below a file, however deep: to open it says why", async () => {
    const file = join(await home(), "file");
    await writeFile(file, "");
    expect(isAbsent(file)).toBe(false);
    expect(isAbsentBelowFile(join(file, "one.json"))).toBe(false);
    expect(isAbsentBelowFile(join(file, "a", "b", "one.json"))).toBe(false);
    await rm(file);
    expect(isAbsent(join(file, "a", "b", "one.json"))).toBe(true);
  });

  it("is known for each file of a folder by itself", async () => {
    const folder = await home();
    await writeFile(join(folder, "one.json"), "");
    expect(["one.json", "two.json", "one.json"].map((name) => isAbsent(join(folder, name)))).toEqual([
      false,
      true,
      false,
    ]);
  });
});

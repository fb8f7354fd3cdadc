/** Files whose folders go and come back, on a real disk. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { Folders } from "../../src/cli/watch/folders.js";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "folders-"));
});

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "missing";
  }
};

/** Looks at the file at each change, as a reload does. */
function follow(path: string) {
  let told = (_: string) => {};
  const failures: string[] = [];
  const look = () => {
    folders.watch([path]);
    told(textOf(path));
  };
  const folders = new Folders(
    () => queueMicrotask(look),
    (words) => failures.push(words),
  );
  folders.watch([path]);
  onTestFinished(() => {
    folders.close();
    rmSync(root, { recursive: true });
  });
  return {
    failures,
    /** Resolves when a change has led to this text. */
    sees: (text: string) =>
      new Promise<void>((resolve) => {
        told = (seen) => {
          if (seen === text) resolve();
        };
      }),
  };
}

it.each(["dist", "build/dist"])("%s is seen again after it was removed and made again", async (folder) => {
  const file = join(root, folder, "main.mjs");
  const top = join(root, folder.split("/")[0] ?? "");
  put(file, "one");
  const files = follow(file);
  for (const text of ["two", "three"]) {
    const gone = files.sees("missing");
    rmSync(top, { recursive: true });
    await gone;
    const made = files.sees(text);
    put(file, text);
    await made;
    const saved = files.sees(`${text} again`);
    put(file, `${text} again`);
    await saved;
    // At once: nobody has looked meanwhile.
    const anew = files.sees(`${text} anew`);
    rmSync(top, { recursive: true });
    put(file, `${text} anew`);
    await anew;
  }
  expect(files.failures).toEqual([]);
});

it("a folder in the place of another is watched", async () => {
  const file = join(root, "dist", "main.mjs");
  put(file, "one");
  const files = follow(file);
  put(join(root, "next", "main.mjs"), "two");
  const replaced = files.sees("two");
  renameSync(join(root, "dist"), join(root, "before"));
  renameSync(join(root, "next"), join(root, "dist"));
  await replaced;
  const saved = files.sees("three");
  put(file, "three");
  await saved;
  expect(files.failures).toEqual([]);
});

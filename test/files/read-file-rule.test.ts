/** Files that people put in place are read by one file of ours, which takes regular files only and has a bound. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What reads or opens a file, as it is imported. */
const reads = /\b(readFile|readFileSync|open|openSync|createReadStream|openAsBlob)\b/g;

/** Those that read what nobody else puts in place, and what of them. */
const others: Readonly<Record<string, readonly string[]>> = {
  "src/files/read-file.ts": ["readFileSync", "open"],
  // The pages, the printed machines and the version are parts of the packages.
  "src/serving/page-file.ts": ["readFile"],
  "src/cli/print-machines.ts": ["readFile"],
  "src/version.ts": ["readFileSync"],
  // The system's own, below /proc and /sys.
  "src/files/kernel-file.ts": ["readFileSync"],
  "src/files/lock-holder.ts": ["readFileSync"],
  // Mooring's own sources, to name a line of them.
  "src/recording/chart-part.ts": ["readFileSync"],
  // Files of an app's folder: only what is a regular file once it is open, and parts of it.
  "src/connectors/app/file-page.ts": ["open"],
  // New files (wx), and folders to be synchronized.
  "src/files/whole-file.ts": ["open"],
};

const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^import ([^;]*?) from "(?:node:)?fs(?:\/promises)?";/gms)].flatMap(([, names = ""]) =>
    names.startsWith("{") ? (names.match(reads) ?? []) : [names],
  );

it("src reads files through read-file.ts", () => {
  const found: Record<string, readonly string[]> = {};
  for (const name of readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const path = `src/${name.replaceAll("\\", "/")}`;
    const imported = importsOf(readFileSync(join(root, path), "utf8"));
    if (imported.length > 0) found[path] = imported;
  }
  expect(found).toEqual(others);
});

it("notices an import that breaks the rule", () => {
  expect(importsOf('import {\n  readFile,\n  stat,\n} from "node:fs/promises";\n')).toEqual(["readFile"]);
  expect(importsOf('import * as fs from "node:fs";\n')).toEqual(["* as fs"]);
});

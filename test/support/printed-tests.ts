/** Runs printed tests as those who print them do: with the built package, in one run. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** The package is found by its name from here, and loaded as it is. */
const config = `export default {
  resolve: { alias: { "mooring/testing": ${JSON.stringify(join(root, "dist/testing.js"))} } },
  test: { maxWorkers: 1, isolate: false, server: { deps: { external: [/\\/dist\\//] } } },
};
`;

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
  }[];
}

/** Whether each passes, by the names they are given under. */
export async function outcomes<Name extends string>(
  texts: Readonly<Record<Name, string>>,
): Promise<Readonly<Record<Name, boolean>>> {
  const names = Object.keys(texts) as Name[];
  const folder = await mkdtemp(join(root, "build", "printed-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "vitest.config.mjs"), config);
  for (const name of names) await writeFile(join(folder, `${name}.test.ts`), texts[name]);
  const report = join(folder, "report.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = ["run", "--root", folder, "--reporter=json", `--outputFile=${report}`];
  // It ends with 1 where one fails: the report says which.
  await run(process.execPath, [vitest, ...args], { cwd: folder }).catch(() => {});
  const { testResults }: Report = JSON.parse(await readFile(report, "utf8"));
  const found = testResults.map(({ name, status }) => [name, status === "passed"] as const);
  return Object.fromEntries(
    names.map((name) => [name, found.find(([path]) => path.endsWith(`/${name}.test.ts`))?.[1] ?? false]),
  ) as Record<Name, boolean>;
}

/** The API reference: what it asks of a public symbol is found missing. That it is up to date is held by `npm run check:api`. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Application, type ProjectReflection } from "typedoc";
import { describe, expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

const { undocumented } = (await import(pathToFileURL(join(root, "scripts/api-rules.mjs")).href)) as {
  undocumented(project: ProjectReflection): readonly string[];
};

const silent = `
export interface Options {
  readonly limitMs: number;
  /** Said. */
  readonly inner: { readonly depth: number };
  run(): void;
}
/** Said. */
export type Event =
  /** Said. */
  | { readonly type: "one" }
  | { readonly type: "two" };
/** Said, and not shown. */
export const double = (value: number): number => value * 2;
/** Shown alone is not said. */
export class Box {
  readonly size: number = 1;
  get volume(): number {
    return this.size ** 3;
  }
}
`;

const said = `
/** Said. */
export interface Options {
  /** In ms. */
  readonly limitMs: number;
  /** Of no name of its own. */
  readonly pick: (value: number) => number;
}
/** Said. */
export type Event =
  /** Said. */
  | { readonly type: "one"; readonly key: string };
/**
 * Said, and shown.
 *
 * @example
 * double(2);
 */
export const double = (value: number): number => value * 2;
`;

/** What is found of a module with this text. */
async function foundIn(text: string): Promise<readonly string[]> {
  const folder = await mkdtemp(join(root, "build", "api-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "module.ts"), text);
  await writeFile(join(folder, "tsconfig.json"), '{ "compilerOptions": { "lib": ["ES2022"], "types": [] } }');
  const app = await Application.bootstrap({
    entryPoints: [join(folder, "module.ts")],
    tsconfig: join(folder, "tsconfig.json"),
    skipErrorChecking: true,
    logLevel: "None",
  });
  const project = await app.convert();
  if (!project) throw new Error("The module cannot be read.");
  return undocumented(project);
}

describe("the API reference", () => {
  it("misses sentences of interfaces, members, members of members, events and getters, and examples", async () => {
    expect((await foundIn(silent)).toSorted()).toEqual([
      "Box has no @example.",
      "Box.size has no sentence.",
      "Box.volume.volume has no sentence.",
      'Event says nothing of { type: "two" }.',
      "Options has no sentence.",
      "Options.inner.__type.depth has no sentence.",
      "Options.limitMs has no sentence.",
      "Options.run.run has no sentence.",
      "double has no @example.",
    ]);
  });

  it("misses nothing where all is said", async () => {
    expect(await foundIn(said)).toEqual([]);
  });
});

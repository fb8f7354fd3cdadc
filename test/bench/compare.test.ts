/** The options `--compare`, `--driver` and `--add` of `npm run bench`, but for what they measure. */
import { execFile, execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Samples {
  add(name: string, sample: Readonly<Record<string, number>>): void;
}
interface Ratio {
  readonly value: number;
  readonly spread: number;
}
interface Figure {
  readonly what: string;
  readonly here: number;
  readonly other: number;
  readonly ratio: Ratio;
}
interface OtherBuild {
  readonly commit: string;
  readonly bench: string;
  remove(): void;
}

const load = (module: string) => import(pathToFileURL(join(root, "bench", module)).href);
const { otherBuild } = (await load("other-build.mjs")) as {
  otherBuild(root: string, ref: string, say: (text: string) => void): OtherBuild;
};
const { figuresOf, comparisonTable } = (await load("figures.mjs")) as {
  figuresOf(samples: Samples): readonly Figure[];
  comparisonTable(title: string, commit: string, figures: readonly Figure[]): { lines: readonly string[][] };
};
const { Samples } = (await load("rows/samples.mjs")) as { Samples: new () => Samples };

/** What `bench/run.mjs` says and ends with. */
const bench = (...args: readonly string[]) =>
  new Promise<{ code: number; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [join(root, "bench/run.mjs"), ...args], (_error, _out, stderr) =>
      resolve({ code: child.exitCode ?? -1, stderr }),
    );
  });

/** A repository whose build writes what the commit says, and whose benchmark is of no commit. */
function repository() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "mooring-repository-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const commit = (build: string) => {
    write("scripts/build.mjs", build);
    git("add", "--all");
    git("commit", "--quiet", "--message", "one more");
    return git("rev-parse", "--short", "HEAD");
  };
  git("init", "--quiet");
  write(".gitignore", "node_modules\n");
  write("package-lock.json", "{}");
  write("node_modules/one/index.js", "");
  write("bench/run.mjs", "before");
  return { folder, git, write, commit };
}

const writing = (text: string) =>
  `import { mkdirSync, writeFileSync } from "node:fs"; mkdirSync("dist"); writeFileSync("dist/index.js", "${text}");`;

const built = ({ bench: address }: OtherBuild, path: string) => fileURLToPath(new URL(`../${path}`, address));

describe("--add", () => {
  it.each([
    ["there is none", undefined, "there is no result to add to, or one of another format."],
    [
      "it is of another Node",
      { format: 3, judged: "mooring-h2", node: "v0.0.0" },
      `the result is of another node ("v0.0.0"); this run has "${process.version}".`,
    ],
  ])("refuses a result before anything is measured: %s", async (_, result, why) => {
    const folder = mkdtempSync(join(tmpdir(), "mooring-result-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "result.json");
    if (result) writeFileSync(file, JSON.stringify(result));
    expect(await bench("--only", "micro", "--add", "--json", file)).toEqual({
      code: 2,
      stderr: `--add: ${why}\n`,
    });
  });
});

describe("--compare", () => {
  it("ends with one line for what is no commit", async () => {
    const { code, stderr } = await bench("--compare", "no-such-commit");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: '--compare must name a commit of this repository; got "no-such-commit".\n',
    });
  });

  it("takes what looks like an option for a name", async () => {
    const { code, stderr } = await bench("--compare=--all");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: '--compare must name a commit of this repository; got "--all".\n',
    });
  });

  it("names the rows that it can measure", async () => {
    const { code, stderr } = await bench("--compare", "HEAD", "--only", "cold,kinds");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: '--compare can measure throughput, idle, cold, storm, startup, micro; got "kinds" in --only.\n',
    });
  });
});

describe("--driver", () => {
  it.each([
    [["--driver", "c"], '--driver must be node or go; got "c".\n'],
    [
      ["--driver", "go", "--only", "relay"],
      "--driver go needs --only with some of throughput, half-load, fairness, idle, cold, storm, workers.\n",
    ],
    [
      ["--driver", "go"],
      "--driver go needs --only with some of throughput, half-load, fairness, idle, cold, storm, workers.\n",
    ],
  ])("refuses %j", async (args, stderr) => {
    expect(await bench(...args)).toEqual({ code: 2, stderr });
  });
});

describe("another commit's build", () => {
  it("has the commit's code, and the benchmark and packages from here", () => {
    const { folder, write, commit } = repository();
    const first = commit(writing("first"));
    commit(writing("second"));
    write("bench/run.mjs", "after");
    const said: string[] = [];
    const build = otherBuild(folder, "HEAD~1", (text) => said.push(text));
    expect(build.commit).toBe(first);
    expect(said).toEqual([`checking out ${first}`]);
    expect(readFileSync(built(build, "dist/index.js"), "utf8")).toBe("first");
    expect(readFileSync(built(build, "bench/run.mjs"), "utf8")).toBe("after");
    expect(existsSync(built(build, "node_modules/one/index.js"))).toBe(true);
    build.remove();
  });

  it("leaves nothing behind", () => {
    const { folder, git, commit } = repository();
    commit(writing("first"));
    const build = otherBuild(folder, "HEAD", () => {});
    const home = built(build, "");
    build.remove();
    build.remove();
    expect(existsSync(home)).toBe(false);
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
    expect(existsSync(join(folder, "node_modules/one/index.js"))).toBe(true);
  });

  it("says that the packages are those of here, when the commit has others", () => {
    const { folder, write, commit } = repository();
    const first = commit(writing("first"));
    write("package-lock.json", '{ "name": "other" }');
    const said: string[] = [];
    otherBuild(folder, "HEAD", (text) => said.push(text)).remove();
    expect(said).toEqual([
      `checking out ${first}`,
      `${first} has another package-lock.json: it is measured with the packages that are installed here`,
    ]);
  });

  it("is taken away when it cannot be built", () => {
    const { folder, git, commit } = repository();
    const broken = commit("process.exit(1);");
    expect(() => otherBuild(folder, "HEAD", () => {})).toThrow(`--compare: ${broken} cannot be built.`);
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
  });
});

describe("what two builds are compared by", () => {
  it("is the median of the ratios within the rounds, with how far they lie apart", () => {
    const samples = new Samples();
    for (const [mine, theirs] of [
      [1, 2],
      [30, 40],
      [9, 10],
    ] as const) {
      samples.add("here", { ms: mine });
      samples.add("other", { ms: theirs });
    }
    const figures = figuresOf(samples);
    expect(figures).toEqual([
      { what: "ms", here: 9, other: 10, ratio: { value: 0.75, spread: ((0.9 - 0.5) / 0.75) * 100 } },
    ]);
    expect(comparisonTable("cold", "abc1234", figures)).toEqual({
      title: "cold",
      columns: ["what", "here", "abc1234", "here × abc1234", "spread %"],
      lines: [["ms", "9.000", "10.0", "0.750", "53"]],
    });
  });
});

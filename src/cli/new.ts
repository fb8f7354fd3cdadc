/** `mooring new NAME`: a project with a connector, its test and what builds it, from the package's templates. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { codeOf, invalidConfig } from "../errors.js";
import { readTextFile } from "../files/read-file.js";
import { packageVersion } from "../version.js";
import { foreign, shellWord } from "./foreign-text.js";
import { write } from "./lines.js";
import { wrongForm } from "./wrong-form.js";

interface Kind {
  /** Beside `connector.ts` and its test. */
  readonly files?: readonly string[];
  /** Packages of its own. */
  readonly packages: readonly string[];
  /** Behind `npx mooring call KEY`. */
  readonly ask: string | undefined;
  /** Of the documentation. */
  readonly guide: string;
}

const kinds = {
  tool: { packages: ["zod"], ask: `'{"a":6,"b":3}' --tool divide`, guide: "docs/kinds/tools.md" },
  app: { packages: [], ask: undefined, guide: "docs/apps.md" },
  source: { packages: ["zod"], ask: `'{"query":{"country":"at"}}'`, guide: "docs/kinds/source.md" },
  sink: { packages: ["zod"], ask: `'[{"article":"bolt","pieces":10}]'`, guide: "docs/kinds/sink.md" },
  "request-response": { packages: [], ask: "3", guide: "docs/kinds/request-response.md" },
  events: {
    packages: [],
    ask: `'{"topic":"orders.created","payload":{"id":7}}'`,
    guide: "docs/kinds/events.md",
  },
  mcp: {
    files: ["server.ts"],
    packages: ["@modelcontextprotocol/client", "@modelcontextprotocol/server", "zod"],
    ask: `'{"name":"Ada"}' --tool greet`,
    guide: "docs/mcp.md",
  },
} as const satisfies Record<string, Kind>;

const kindNames = Object.keys(kinds);

const isKind = (name: string): name is keyof typeof kinds => Object.hasOwn(kinds, name);

/** What stands for the name in the templates. */
const placeholder = "my-connector";

const ours = ["mooring", "mooring-dev"];
const ofAll = [...ours, "jiti"];

/** It becomes a folder, the name of a package, and the type of a connector. */
function checkName(name: string, { packages }: Kind): void {
  const wanted = 'NAME must be small letters, digits and "-", and begin with a letter, at most 64 characters';
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
    const likely = name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^[^a-z]+|-+$/g, "")
      .slice(0, 64);
    throw wrongForm(`${wanted}; got "${foreign(name)}"${likely ? `, try ${likely}` : ""}.`);
  }
  if ([...ofAll, ...packages, "typescript"].includes(name))
    throw wrongForm(
      `NAME is that of a package which the project needs ("${name}"), and would hide it: try ${name}-connector.`,
    );
}

/** Makes it, or takes it when it is empty. */
async function emptyFolder(name: string): Promise<string> {
  const folder = resolve(name);
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === 0) return folder;
  } catch (cause) {
    const what =
      codeOf(cause) === "EEXIST" ? "is there, and is no folder" : `cannot be made (${codeOf(cause)})`;
    throw invalidConfig(`${foreign(folder)} ${what}: give another NAME, or run this elsewhere.`, cause);
  }
  throw invalidConfig(
    `${foreign(folder)} is not empty: give another NAME, or empty it; nothing of yours is overwritten.`,
  );
}

const template = (path: string): Promise<string> =>
  readTextFile(fileURLToPath(new URL(`../templates/${path}`, import.meta.url)));

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The template has the packages of all kinds. */
function manifest(text: string, { packages }: Kind): string {
  const found: Manifest = JSON.parse(text); // a part of this package
  const wanted = new Set<string>([...ofAll, ...packages]);
  const dependencies = Object.fromEntries(
    Object.entries(found.dependencies)
      .filter(([name]) => wanted.has(name))
      .map(([name, version]) => [name, ours.includes(name) ? packageVersion : version]),
  );
  return `${JSON.stringify({ ...found, dependencies }, null, 2)}\n`;
}

const trying = (name: string, { ask }: Kind): string =>
  ask === undefined
    ? "# in a browser: the page whose address the gateway prints"
    : `npx mooring call default.${name}.1 ${ask}`;

async function filesOf(
  kindName: keyof typeof kinds,
  name: string,
): Promise<readonly (readonly [string, string])[]> {
  const kind: Kind = kinds[kindName];
  const own = ["connector.ts", "connector.test.ts", ...(kind.files ?? [])];
  const files: readonly (readonly [string, string])[] = [
    ["package.json", manifest(await template("common/package.json"), kind)],
    ["tsconfig.json", await template("common/tsconfig.json")],
    // A package cannot have a file of that name: npm would obey it.
    [".gitignore", await template("common/gitignore")],
    [
      "README.md",
      (await template("common/readme"))
        .replace("TRY", () => trying(name, kind))
        .replaceAll("GUIDE", kind.guide),
    ],
    ...(await Promise.all(own.map(async (file) => [file, await template(`${kindName}/${file}`)] as const))),
  ];
  return files.map(([file, text]) => [file, text.replaceAll(placeholder, name)]);
}

export async function newProject(name: string, { kind }: { readonly kind?: string }): Promise<void> {
  if (kind === undefined) throw wrongForm(`--kind is missing: give one of ${kindNames.join(", ")}.`);
  if (!isKind(kind))
    throw wrongForm(`--kind must be one of ${kindNames.join(", ")}; got "${foreign(kind)}".`);
  checkName(name, kinds[kind]);
  // All are read before anything is written.
  const files = await filesOf(kind, name);
  const folder = await emptyFolder(name);
  for (const [file, text] of files) await writeFile(join(folder, file), text, { flag: "wx" });
  write(`made ${foreign(folder)}: ${files.map(([file]) => file).join(", ")}`);
  write(
    `next  cd ${shellWord(name)} && npm install "$MOORING"/mooring-*.tgz && npm test; README.md goes on, and says how to make those two files (Mooring is on no registry yet)`,
  );
}

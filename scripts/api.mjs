// npm run docs:api: writes docs/api/, the reference of every entry of the package, from the declarations and their comments.
// With --check it only compares. It fails for a public symbol without a sentence, and for a link that leads nowhere.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";
import { load } from "typedoc-plugin-markdown";
import { leaveOutTypesOfPackages, undocumented } from "./api-rules.mjs";
import { entries } from "./entries.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "docs", "api");

const reading = {
  entryPoints: entries.map(([, source]) => join(root, source)),
  tsconfig: join(root, "tsconfig.json"),
  plugin: [load],
  // npm run typecheck has looked for errors.
  skipErrorChecking: true,
  logLevel: "Warn",
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  // Of generated code.
  blockTags: ["@default", "@example", "@generated", "@module", "@param", "@returns", "@throws", "@typeParam"],
  excludeTags: ["@generated"],
  validation: { notExported: true, invalidLink: true, invalidPath: true, notDocumented: false },
  // The contract's messages: proto/ has them.
  intentionallyNotExported: ["StreamMessage"],
};

const writing = {
  name: "API reference",
  readme: "none",
  // Nothing of this machine and of this moment: the same text everywhere.
  disableSources: true,
  disableGit: true,
  // It would empty docs/.
  cleanOutputDir: false,
  sort: ["kind", "alphabetical"],
  kindSortOrder: ["Function", "Class", "Interface", "TypeAlias", "Variable", "Enum"],
  outputFileStrategy: "modules",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useHTMLAnchors: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  classPropertiesFormat: "table",
  enumMembersFormat: "table",
  propertyMembersFormat: "table",
  typeDeclarationFormat: "table",
  tableColumnSettings: { hideSources: true, hideInherited: true, hideOverrides: true, hideModifiers: true },
};

/** All files below a folder with their texts, in the order of their names. */
function textsIn(place) {
  const names = readdirSync(place, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".md"),
  );
  return new Map(names.sort().map((name) => [name, readFileSync(join(place, name), "utf8")]));
}

/** The reference, and what is missing in it. */
async function made() {
  const place = mkdtempSync(join(tmpdir(), "mooring-api-"));
  try {
    const app = await Application.bootstrapWithPlugins({ ...reading, ...writing, out: place });
    leaveOutTypesOfPackages(app);
    const project = await app.convert();
    if (!project) throw new Error("The declarations cannot be read.");
    app.validate(project);
    await app.outputs.writeOutput({ name: "markdown", path: place }, project);
    const faults =
      app.logger.hasErrors() || app.logger.hasWarnings() ? ["typedoc has complained, see above."] : [];
    return { texts: textsIn(place), faults: [...undocumented(project), ...faults] };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function write(texts) {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of texts) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function differences(texts) {
  const kept = textsIn(folder);
  const names = [...new Set([...texts.keys(), ...kept.keys()])];
  return names
    .filter((name) => texts.get(name) !== kept.get(name))
    .map((name) => `docs/api/${name} is not what the declarations say: run npm run docs:api.`);
}

const { texts, faults } = await made();
const isCheck = process.argv.includes("--check");
if (!isCheck) write(texts);
const all = isCheck ? [...faults, ...differences(texts)] : faults;
for (const fault of all) console.error(fault);
console.log(`${texts.size} files in docs/api, ${all.length} faults.`);
process.exitCode = all.length > 0 ? 1 : 0;

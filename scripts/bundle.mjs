/**
 * Makes dist/, which is published, from build/, which the compiler wrote: the code in few files, because to find and
 * open a file takes longer than to run what is in it; the declarations that the entries reach.
 * An argument names another folder than dist/.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { minifySync } from "rolldown/experimental";
import { writeDeclarations } from "./declarations.mjs";
import { entries as declarationEntries } from "./entries.mjs";
import { withoutIdleHelpers } from "./helper-chunk.mjs";
import { inOneByte } from "./one-byte.mjs";
import { originOf } from "./package-origin.mjs";
import { withReadyDescriptor } from "./ready-descriptor.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const build = join(root, "build");
const dist = resolve(process.argv[2] ?? join(root, "dist"));

/** All become files of one folder, so that `new URL("./thread.js", import.meta.url)` is right in each of them. */
const entries = {
  index: "build/src/index.js",
  gateway: "build/src/gateway/index.js",
  testing: "build/src/testing/index.js",
  transport: "build/src/transport/index.js",
  health: "build/src/health/index.js",
  mcp: "build/src/mcp-bridge/index.js",
  nats: "build/src/nats-broker/index.js",
  machines: "build/machines/index.js",
  cli: "build/src/cli/main.js",
  thread: "build/src/workers/thread.js",
  "handler-thread": "build/src/workers/handler-thread.js",
};

/** What we use of Protobuf-ES, by its files: the whole of it is three times as much. */
const protobuf = {
  "@bufbuild/protobuf": ["create", "from-binary", "to-binary"],
  "@bufbuild/protobuf/codegenv2": ["codegenv2/enum", "codegenv2/message", "codegenv2/service", "registry"],
  "@bufbuild/protobuf/wire": ["wire/binary-encoding"],
};
const protobufFolder = join(root, "node_modules", "@bufbuild", "protobuf");

const protobufParts = {
  name: "protobuf-parts",
  resolveId(id) {
    if (Object.hasOwn(protobuf, id)) return `\0${id}`;
    if (id.startsWith("@bufbuild/"))
      throw new Error(`${id} is not bundled: add what is used of it to scripts/bundle.mjs.`);
    return null;
  },
  load(id) {
    const files = protobuf[id.slice(1)];
    const from = (file) => JSON.stringify(join(protobufFolder, "dist", "esm", `${file}.js`));
    return files?.map((file) => `export * from ${from(file)};`).join("\n") ?? null;
  },
};

const contract = join(build, "src/gen/matrix/connectors/v1/connector_service_pb.js");

const readyContract = {
  name: "ready-contract",
  async transform(code, id) {
    if (id !== contract) return null;
    const { file_matrix_connectors_v1_connector_service: file } = await import(pathToFileURL(contract).href);
    return withReadyDescriptor(code, file);
  },
};

const shim = "./xstate.cjs";

/**
 * Node looks through every file of a CommonJS package for the names that it exports when an ES module imports it, which
 * takes as long as to load XState. A file of CommonJS between them is all that it looks through; the XState is the same.
 */
const xstateOnce = {
  name: "xstate-once",
  resolveId(id) {
    if (id === shim) return { id, external: "absolute" };
    return id === "xstate" ? "\0xstate" : null;
  },
  load(id) {
    if (id !== "\0xstate") return null;
    const names = Object.keys(createRequire(import.meta.url)("xstate")).filter(
      (name) => name !== "__esModule",
    );
    return `import xstate from "${shim}";\nexport const { ${names.join(", ")} } = xstate;\n`;
  },
};

const commanderFolder = join(root, "node_modules", "commander");

/** Foreign code is not there to be read: names and white space are half of its size. Of Protobuf-ES no call may go, see below. */
const smallForeignCode = {
  name: "small-foreign-code",
  transform(code, id) {
    if (id.startsWith(commanderFolder)) return minifySync(id, code).code;
    return id.startsWith(protobufFolder) ? minifySync(id, code, { compress: false }).code : null;
  },
};

const at = (file) => join(build, file);

/**
 * What is loaded together is one file: a module goes with the first of these that is reached from one of the named
 * ones, all else where the bundler puts it. What is imported on demand is reached from none.
 */
const parts = {
  contract: [
    ...Object.keys(protobuf).map((id) => `\0${id}`),
    ...[
      "secret",
      "version",
      "wrap",
      "protocol/endpoint",
      "protocol/identity",
      "late-modules",
      "files/make-folder",
    ].map((leaf) => at(`src/${leaf}.js`)),
    at("src/connectors/connector.js"),
    at("src/connectors/unexpected-error.js"),
    at("src/execution/running-request.js"),
  ],
  machines: [at("machines/index.js")],
  // What the runtime needs of it; adapters come when they are used.
  transport: { both: [at("src/index.js"), at("src/transport/index.js")] },
  runtime: [at("src/index.js")],
  // What both load that speak gRPC by our own code; `node:http2` comes with the first alone.
  calls: { both: [at("src/transport/lean/transport.js"), at("src/transport/h2/transport.js")] },
  http2: [at("src/transport/lean/transport.js")],
  // What every command needs before it knows what it has to do.
  "end-process": ["end-process", "exit-codes", "lines", "control-option"].map((leaf) =>
    at(`src/cli/${leaf}.js`),
  ),
};

function reached(id, graph, found) {
  if (found.has(id)) return;
  found.add(id);
  for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) reached(imported, graph, found);
}

/** All that is reached from one of the roots, or, of two of them, from both. */
function membersOf(roots, graph) {
  const from = (starts) => {
    const found = new Set();
    for (const start of starts) reached(start, graph, found);
    return found;
  };
  if (Array.isArray(roots)) return from(roots);
  const [one, other] = roots.both.map((root) => from([root]));
  return new Set([...one].filter((id) => other.has(id)));
}

const groups = Object.entries(parts).map(([chunk, roots], place, all) => {
  let members;
  return {
    debugName: chunk,
    priority: all.length - place,
    name(id, graph) {
      members ??= membersOf(roots, graph);
      return members.has(id) ? chunk : null;
    },
  };
});

/** Other packages stay what they are; Protobuf-ES, Commander and our own files are bundled. */
const isExternal = (id) =>
  id !== "xstate" &&
  !isAbsolute(id) &&
  !/^[.\0]/.test(id) &&
  !id.startsWith("@bufbuild/") &&
  id !== "commander";

/** Every adapter of the transport is a `transport.ts`: its folder tells which. */
const adapterOf = (id) => /[\\/]src[\\/]transport[\\/]([^\\/]+)[\\/]transport\.js$/.exec(id ?? "")?.[1];

/** A name of its own for a chunk that would be called like another: a command and what it shares, or two servers. */
function chunkName({ facadeModuleId, name }) {
  if (name === "server" && facadeModuleId) return `${basename(dirname(facadeModuleId))}-server`;
  if (name === "doctor" && facadeModuleId !== at("src/cli/doctor.js")) return "checks";
  return adapterOf(facadeModuleId) ?? (name === "ask" && !facadeModuleId ? "asking" : "[name]");
}

async function bundled() {
  const made = await rolldown({
    cwd: root,
    input: entries,
    platform: "node",
    external: isExternal,
    plugins: [protobufParts, readyContract, xstateOnce, smallForeignCode],
    // It would rewrite the inside of functions, and takes encodeURIComponent, by which Protobuf-ES finds invalid
    // text, for a call without effect. So the code stays as it was written and tested.
    treeshake: false,
  });
  const { output } = await made.generate({
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: (chunk) => `chunk-${chunkName(chunk)}.js`,
    minify: false,
    // They stand in the declarations, where editors look; here they would be a sixth of the package.
    comments: { legal: true, annotation: true, jsdoc: false },
    minifyInternalExports: false,
    codeSplitting: { groups },
  });
  await made.close();
  return withoutIdleHelpers(output);
}

/** What nobody serves with: the command line, the embedded gateway of development and tests, what looks on. */
const besideServing = [
  "cli",
  "sign-in",
  "doctor",
  "gateway",
  "serving",
  "testing",
  "recording",
  "inspect",
  "control",
  "gateway-page",
].map((folder) => join(build, "src", folder, "/"));

const minified = (name, code) =>
  minifySync(name, code, { module: true, compress: false, mangle: { keepNames: true } }).code;

/**
 * Small where size counts more than lines: chunks of such code alone lose white space and the names of variables. The
 * names of functions and classes stay, because a stack trace has them.
 */
function smaller({ fileName, code, modules }) {
  const ids = Object.keys(modules).filter((id) => isAbsolute(id));
  if (
    ids.length === 0 ||
    !ids.every(
      (id) => besideServing.some((folder) => id.startsWith(folder)) || id.startsWith(commanderFolder),
    )
  )
    return code;
  return minified(fileName, code);
}

function write(chunks) {
  for (const chunk of chunks) writeFileSync(join(dist, chunk.fileName), inOneByte(smaller(chunk)));
  // Were it the value of the assignment itself, Node would look through XState all the same.
  writeFileSync(join(dist, shim), 'const xstate = require("xstate");\nmodule.exports = xstate;\n');
  chmodSync(join(dist, "cli.js"), 0o755);
}

/** The licences of what was bundled; Protobuf-ES has them at the head of its files. */
function licences(chunks) {
  const modules = chunks.flatMap((chunk) => Object.keys(chunk.modules));
  const files = modules.filter((id) => id.startsWith(protobufFolder));
  const heads = files.map((file) => /^(?:\/\/.*\n)+/.exec(readFileSync(file, "utf8"))?.[0]);
  if (heads.includes(undefined)) throw new Error("A file of Protobuf-ES does not begin with its licence.");
  return [
    `The JavaScript files contain parts of ${originOf(protobufFolder)}.`,
    "The text of the Apache License 2.0 is in the file LICENSE of this package.",
    ...[...new Set(heads)].map((head) => head.replace(/^\/\/ ?/gm, "").trimEnd()),
    `The file for the command line contains ${originOf(commanderFolder)}.`,
    readFileSync(join(commanderFolder, "LICENSE"), "utf8").trimEnd(),
  ].join("\n\n");
}

const chunks = await bundled();
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
write(chunks);
writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), `${licences(chunks)}\n`);
writeDeclarations(
  declarationEntries.map(([, source]) => source.replace(/\.ts$/, ".d.ts")),
  build,
  join(dist, "types"),
);

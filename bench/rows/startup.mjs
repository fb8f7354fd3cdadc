// What it takes to have the library at all: time to import, size to download and to install.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clock } from "../clock.mjs";
import { installedSize, packedSize, runtimeDependencies } from "../sizes.mjs";
import { interleave } from "./samples.mjs";

export const name = "startup";

const nothing = "node -e 0";
const main = "mooring";
/** As docs/operating.md has it for applications, where Node has it; to turn it on is part of the time. */
const mainFromCache = "mooring, with a compile cache";
const hasCache = typeof module.enableCompileCache === "function";
const entries = [
  nothing,
  main,
  ...(hasCache ? [mainFromCache] : []),
  "mooring/transport",
  "@connectrpc/connect-node",
  "@grpc/grpc-js",
  "node:http2",
];

const cached = (folder) =>
  `(await import("node:module")).enableCompileCache(${JSON.stringify(folder)}); await import(${JSON.stringify(main)});`;

const timed = (work) => `const begun = performance.now(); ${work} console.log(performance.now() - begun);`;

function scriptOf(entry, cache) {
  if (entry === nothing) return "console.log(0)";
  return timed(entry === mainFromCache ? cached(cache) : `await import(${JSON.stringify(entry)});`);
}

/** A fresh process; only the import differs. It tells how long the import took, without Node's own start. */
function once(entry, { cache = "", cwd = import.meta.dirname } = {}) {
  const script = scriptOf(entry, cache);
  const begun = clock();
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${entry} cannot be imported: ${stderr}`);
  return { processMs: clock() - begun, importMs: Number(stdout) };
}

export async function measure({ rounds }) {
  const cache = mkdtempSync(join(tmpdir(), "bench-compile-cache-"));
  process.on("exit", () => rmSync(cache, { recursive: true, force: true }));
  // The first one reads the files from the disk, and fills the cache.
  for (const entry of entries) once(entry, { cache });
  const samples = await interleave(
    entries.map((entry) => ({ name: entry })),
    2 * rounds + 1,
    ({ name: entry }) => once(entry, { cache }),
  );
  return {
    imports: entries.map((entry) => ({
      entry,
      importMs: samples.median(entry, "importMs"),
      spread: entry === nothing ? 0 : samples.spread(entry, "importMs"),
      processMs: samples.median(entry, "processMs"),
    })),
    packed: packedSize(),
    installed: [
      { of: "mooring's runtime dependencies", ...installedSize(runtimeDependencies()) },
      {
        of: "connect-node",
        ...installedSize(["@connectrpc/connect-node", "@connectrpc/connect", "@bufbuild/protobuf"]),
      },
      { of: "grpc-js", ...installedSize(["@grpc/grpc-js", "@bufbuild/protobuf"]) },
    ],
  };
}

export const comparisons = () =>
  [main, "mooring/transport"].map((entry) => ({
    title: `a fresh process that imports ${entry}`,
    async measure({ bench = new URL("../", import.meta.url) }) {
      const { importMs, processMs } = once(entry, { cwd: fileURLToPath(bench) });
      return { "import, ms": importMs, "whole process, ms": processMs };
    },
  }));

const kilobytes = (bytes) => (bytes / 1_024).toFixed(0);

export const tables = ({ imports, packed, installed }) => [
  {
    title: "a fresh process that imports one thing and ends",
    columns: ["what", "import, ms", "spread %", "whole process, ms"],
    lines: imports.map((row) => [
      row.entry,
      row.importMs.toFixed(0),
      row.spread.toFixed(0),
      row.processMs.toFixed(0),
    ]),
  },
  {
    title: "sizes in KB",
    columns: ["what", "KB", "packages"],
    lines: [
      ["package, packed", kilobytes(packed.packed), ""],
      ["package, packed, without the inspector page", kilobytes(packed.withoutPage), ""],
      ["package, unpacked", kilobytes(packed.unpacked), ""],
      ...installed.map(({ of, bytes, packages }) => [`${of}, installed`, kilobytes(bytes), String(packages)]),
    ],
  },
];

const judgedImports = {
  [main]: "import of the main entry in a fresh process, ms",
  [mainFromCache]: "the same with a compile cache (module.enableCompileCache), ms",
};

export function targets({ imports, packed }) {
  const judged = imports.filter(({ entry }) => Object.hasOwn(judgedImports, entry));
  return [
    ...judged.map(({ entry, importMs, spread }) => ({
      what: judgedImports[entry],
      value: importMs,
      spread,
      atMost: 50,
      digits: 0,
    })),
    {
      what: "packed size without the inspector page, KB",
      value: packed.withoutPage / 1_024,
      atMost: 400,
      digits: 0,
    },
  ];
}

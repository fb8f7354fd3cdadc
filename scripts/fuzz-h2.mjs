// Bundles the fuzzer of our HTTP/2 connection, and runs it: Node reads no TypeScript. What runs a case is bundled twice,
// with the limits of the product and with small ones, which a case of a few kilobytes reaches.

import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { build } from "rolldown";

// What a case leaves is garbage at once.
setFlagsFromString("--max-semi-space-size=64");
setFlagsFromString("--min-semi-space-size=32");

const root = fileURLToPath(new URL("..", import.meta.url));
const fuzzer = `${root}test/fuzz/h2/`;
// Where the corpus is found from, as from its source.
const folder = `${root}build/fuzz/h2-${process.pid}/`;

const limits = `${root}src/protocol/limits.ts`;
/** Stands for that file, with small limits in place of some. */
const smallLimits = {
  name: "small-limits",
  async resolveId(source, importer, options) {
    if (source === "\0small-limits") return source;
    if (!source.endsWith("/limits.js")) return null;
    const found = await this.resolve(source, importer, { ...options, skipSelf: true });
    return found?.id === limits ? "\0small-limits" : null;
  },
  load: (id) =>
    id === "\0small-limits"
      ? `import * as real from ${JSON.stringify(limits)};
         import { smallLimits } from ${JSON.stringify(`${fuzzer}small-limits.ts`)};
         export * from ${JSON.stringify(limits)};
         const small = smallLimits(real);
         export const { streamWindow, connectionWindow, slabBytes, highWaterBytes, lowWaterBytes, frameLimits } = small;`
      : null,
};

/** Turns of the event loop end when a case says so. */
const turns = {
  name: "turns",
  async resolveId(source, importer, options) {
    if (!source.endsWith("/turn.js")) return null;
    const found = await this.resolve(source, importer, { ...options, skipSelf: true });
    return found?.id === `${root}src/transport/http2/turn.ts` ? `${fuzzer}turns.ts` : null;
  },
};

const bundle = (name, input, ...plugins) =>
  build({
    input: `${fuzzer}${input}`,
    platform: "node",
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
    plugins,
    output: { file: `${folder}${name}.mjs`, format: "esm" },
    logLevel: "warn",
  });

await bundle("command", "command.ts");
await bundle("run-case-real", "run-case.ts", turns);
await bundle("run-case-small", "run-case.ts", turns, smallLimits);
process.chdir(root);
try {
  await import(`${folder}command.mjs`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

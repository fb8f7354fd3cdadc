// What V8 compiles for speed while 2,000 registrations start: by function, in bytes of machine code. On one processor
// that takes a third of a cold start. More than one time: its first code was thrown away, and it was compiled again.
// `node bench/compiled.mjs`; Linux, since V8 tells it by the file that perf reads.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mooring, peer } from "./peers.mjs";
import { withSubject } from "./processes.mjs";

const registrations = 2_000;
const shown = 60;

/** Lines `ADDRESS SIZE JS:*NAME PLACE`, both numbers hexadecimal; the asterisk stands for optimized code. */
const optimized = /^[0-9a-f]+ ([0-9a-f]+) JS:\*(.*?) ?(\S+:\d+:\d+)$/;

const shortened = (place) => place.replace(/^.*\/(?:dist|node_modules)\//, "");

function byFunction(map) {
  const found = new Map();
  for (const line of map.split("\n")) {
    const [, size, name, place] = optimized.exec(line) ?? [];
    if (place === undefined) continue;
    const key = `${name || "(anonymous)"} ${shortened(place)}`;
    const { bytes, times } = found.get(key) ?? { bytes: 0, times: 0 };
    found.set(key, { bytes: bytes + Number.parseInt(size, 16), times: times + 1 });
  }
  return [...found].sort(([, a], [, b]) => b.bytes - a.bytes);
}

const folder = mkdtempSync(join(tmpdir(), "bench-compiled-"));
const nodeArgs = ["--perf-basic-prof", `--logfile=${join(folder, "v8.log")}`];
try {
  const pid = await withSubject(
    peer(mooring),
    registrations,
    { nodeArgs },
    async ({ subject }) => subject.pid,
  );
  const file = join("/tmp", `perf-${pid}.map`);
  if (!existsSync(file)) throw new Error(`V8 has not written ${file}: this needs Linux.`);
  const functions = byFunction(readFileSync(file, "utf8"));
  rmSync(file);
  const sum = (of) => functions.reduce((total, [, one]) => total + of(one), 0);
  console.log(
    `${sum(({ times }) => times)} compilations, ${(sum(({ bytes }) => bytes) / 1_024).toFixed(0)} KB of code`,
  );
  console.log("  bytes  times  function");
  for (const [name, { bytes, times }] of functions.slice(0, shown))
    console.log(`${String(bytes).padStart(7)}  ${String(times).padStart(5)}  ${name}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

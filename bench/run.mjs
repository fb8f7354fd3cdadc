// npm run bench: Mooring and bare clients do the same work in one run; ratios are what counts.
// Options: --quick (fewer and shorter rounds), --only NAME,NAME, --rounds N, --json FILE, --help.
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { writePlots } from "./plots.mjs";
import { pinning } from "./processes.mjs";
import { asText, committedFile, format, readResult, targetTable } from "./report.mjs";
import { rows } from "./rows/index.mjs";

const names = rows.map(({ name }) => name);
const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: names.join(",") },
    rounds: { type: "string" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

function chosenRows() {
  const wanted = options.only.split(",");
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`--only must name some of ${names.join(", ")}; got "${unknown}".`);
  return rows.filter(({ name }) => wanted.includes(name));
}

function roundsOf() {
  const rounds = Number(options.rounds ?? (options.quick ? 3 : 5));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be a whole number from 1; got "${options.rounds}".`);
  return rounds;
}

async function run() {
  const chosen = chosenRows();
  const rounds = roundsOf();
  const whole = chosen.length === rows.length && !options.quick;
  const results = {
    format,
    node: process.version,
    machine: `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GB${pinning ? "" : ", not pinned"}`,
    quick: options.quick,
    rounds,
  };
  for (const row of chosen) {
    const begun = Date.now();
    const say = (text) => process.stderr.write(`  ${row.name}: ${text}\n`);
    results[row.name] = await row.measure({ quick: options.quick, rounds, results, say });
    for (const table of row.tables(results[row.name])) console.log(asText(table));
    say(`took ${Math.round((Date.now() - begun) / 1_000)} s`);
  }
  const committed = committedFile(process.version);
  console.log(asText(targetTable(results, readResult(committed))));
  // Only a whole run replaces the committed result.
  const file = options.json ?? (whole ? committed : undefined);
  if (file === undefined) return;
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  writePlots(results, file);
}

if (options.help) {
  console.log(`node bench/run.mjs [--quick] [--only ${names.join(",")}] [--rounds N] [--json FILE]`);
} else await run();

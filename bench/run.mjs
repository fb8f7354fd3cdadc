// npm run bench: Mooring and bare clients do the same work in one run; ratios are what counts.
// Options: --quick (fewer and shorter rounds), --only NAME,NAME, --rounds N, --json FILE, --add (the rows go into the result
// that is there already, so that a whole run may have parts), --compare REF (another commit beside what lies here, instead of
// bare clients), --driver go (a gateway that is not written in Node), --help.
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildsToCompare, chosenToCompare, comparable, compareRow } from "./compare.mjs";
import { buildNeutralDriver, measured } from "./neutral/build.mjs";
import { otherBuild } from "./other-build.mjs";
import { mooring } from "./peers.mjs";
import { writePlots } from "./plots.mjs";
import { pinning } from "./processes.mjs";
import { asText, committedFile, format, readResult, roundsOfRows, targetTable } from "./report.mjs";
import { rows } from "./rows/index.mjs";
import { tellingUsage, UsageError } from "./usage-error.mjs";

const names = rows.map(({ name }) => name);
const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    rounds: { type: "string" },
    json: { type: "string" },
    add: { type: "boolean", default: false },
    compare: { type: "string" },
    driver: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const wanted = options.only?.split(",");

function chosenRows() {
  const unknown = wanted?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`--only must name some of ${names.join(", ")}; got "${unknown}".`);
  return rows.filter(({ name }) => wanted?.includes(name) ?? true);
}

/** The driver in Node serves every row. */
function useDriver() {
  const { driver = "node" } = options;
  if (driver === "node") return;
  if (driver !== "go") throw new UsageError(`--driver must be node or go; got "${driver}".`);
  const other = wanted?.find((name) => !measured.includes(name));
  if (!wanted || other !== undefined)
    throw new UsageError(`--driver go needs --only with some of ${measured.join(", ")}.`);
  process.env.BENCH_NEUTRAL_DRIVER = buildNeutralDriver();
}

function roundsOf() {
  const rounds = Number(options.rounds ?? (options.quick ? 3 : 5));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`--rounds must be a whole number from 1; got "${options.rounds}".`);
  return rounds;
}

const circumstances = (rounds) => ({
  node: process.version,
  machine: `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GB${pinning ? "" : ", not pinned"}`,
  quick: options.quick,
  rounds,
});

const sayOf = (name) => (text) => process.stderr.write(`  ${name}: ${text}\n`);

async function compare() {
  const chosen = chosenToCompare(rows, wanted);
  useDriver();
  const rounds = roundsOf();
  const root = fileURLToPath(new URL("..", import.meta.url));
  const build = otherBuild(root, options.compare, sayOf("compare"));
  const { commit } = build;
  const results = { commit, ...circumstances(rounds) };
  const { quick } = options;
  for (const row of chosen)
    results[row.name] = await compareRow(row, buildsToCompare(build), {
      commit,
      quick,
      rounds,
      say: sayOf(row.name),
      tell: (table) => console.log(asText(table)),
    });
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
}

/** The rows of a result beside those to come. Throws where they were measured under other circumstances. */
function withRowsOf(before, fresh) {
  if (!before) throw new UsageError("--add: there is no result to add to, or one of another format.");
  const other = ["judged", "node", "machine", "quick"].find((name) => before[name] !== fresh[name]);
  if (other !== undefined)
    throw new UsageError(
      `--add: the result is of another ${other} ("${before[other]}"); this run has "${fresh[other]}".`,
    );
  return { ...before, roundsOf: roundsOfRows(before) };
}

async function run() {
  const chosen = chosenRows();
  const rounds = roundsOf();
  useDriver();
  const whole = chosen.length === rows.length && !options.quick;
  const committed = committedFile(process.version);
  const last = readResult(committed);
  // Only a whole run replaces the committed result.
  const file = options.json ?? (whole || options.add ? committed : undefined);
  let results = { format, judged: mooring, ...circumstances(rounds), roundsOf: {} };
  if (options.add) results = withRowsOf(readResult(file), results);
  for (const row of chosen) {
    const begun = Date.now();
    const say = sayOf(row.name);
    results[row.name] = await row.measure({ quick: options.quick, rounds, results, say });
    results.roundsOf[row.name] = rounds;
    for (const table of row.tables(results[row.name])) console.log(asText(table));
    say(`took ${Math.round((Date.now() - begun) / 1_000)} s`);
  }
  if (file !== undefined) {
    writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
    writePlots(results, file);
  }
  console.log(asText(targetTable(results, last)));
}

if (options.help) {
  console.log(
    `node bench/run.mjs [--quick] [--only ${names.join(",")}] [--rounds N] [--json FILE] [--add] [--driver node|go]`,
  );
  console.log(
    `node bench/run.mjs --compare REF [--quick] [--only ${comparable(rows)
      .map(({ name }) => name)
      .join(",")}] [--rounds N] [--json FILE]`,
  );
} else await tellingUsage(options.compare === undefined ? run : compare);

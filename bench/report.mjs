// What a run found, as tables: for the terminal, and for docs/performance-results.md.
// `node bench/report.mjs --write-docs` writes the committed results into the document, between its markers.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rows } from "./rows/index.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const resultsFolder = here("results/");

/** The rows that a result has, in the order of the run. */
const rowsOf = (result) => rows.filter(({ name }) => result[name] !== undefined);

/** `met`, `missed`; `informs` where the machine shook too much to tell; `void` where the driver was the limit. */
function verdict({ value, atMost, atLeast, spread, steady, isVoid }) {
  if (isVoid) return "void";
  if (steady !== undefined && spread >= steady) return "informs";
  return (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast)
    ? "met"
    : "missed";
}

/** Results say which peer is held to the targets since that is another one. */
const judgedBefore = "mooring-lean";

export const targetsOf = (result) =>
  rowsOf(result).flatMap(({ name, targets }) =>
    targets(result[name], result.judged ?? judgedBefore).map((target) => ({
      ...target,
      verdict: verdict(target),
    })),
  );

const number = (value, digits = 2) => value.toFixed(digits);

/** Targets, and beside them what the last committed result had. */
export function targetTable(result, last) {
  const before = new Map(last ? targetsOf(last).map(({ what, value }) => [what, value]) : []);
  return {
    title: "targets",
    columns: ["what", "target", "measured", "spread %", "verdict", ...(last ? ["last committed"] : [])],
    lines: targetsOf(result).map(({ what, value, atMost, atLeast, digits, spread, verdict: found }) => [
      what,
      `${atMost === undefined ? "≥" : "≤"} ${atMost ?? atLeast}`,
      number(value, digits),
      spread === undefined ? "" : number(spread, 0),
      found,
      ...(last ? [before.has(what) ? number(before.get(what), digits) : ""] : []),
    ]),
  };
}

export const tablesOf = (result) => rowsOf(result).flatMap(({ name, tables }) => tables(result[name]));

export function asText({ title, columns, lines }) {
  const all = [columns, ...lines];
  const widths = columns.map((_, i) => Math.max(...all.map((line) => line[i].length)));
  const cell = (text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]));
  return `\n${title}\n${all.map((line) => line.map(cell).join("  ")).join("\n")}`;
}

function asMarkdown({ title, columns, lines }) {
  const row = (cells) => `| ${cells.join(" | ")} |`;
  const rule = columns.map((_, i) => (i === 0 ? "---" : "---:"));
  return `**${title}**\n\n${[columns, rule, ...lines].map(row).join("\n")}\n`;
}

/** Changes when the fields of a result do. */
export const format = 3;

/** Undefined when there is none, or one of another format. */
export function readResult(file) {
  if (!existsSync(file)) return undefined;
  const result = JSON.parse(readFileSync(file, "utf8"));
  return result.format === format ? result : undefined;
}

export const committedFile = (version) => `${resultsFolder}${version.split(".")[0]}.json`;

/** In how many rounds each row was measured: a run that added rows may have had others. */
export const roundsOfRows = (result) => ({
  ...Object.fromEntries(rowsOf(result).map(({ name }) => [name, result.rounds])),
  ...result.roundsOf,
});

/** Those of most rows first, then of whom they are others. */
function roundsInWords(result) {
  const { rounds } = result;
  const others = Object.entries(roundsOfRows(result)).filter(([, of]) => of !== rounds);
  const words = others.map(([name, of]) => `${of} of ${name}`);
  return [`${rounds} round(s)`, ...words].join(", ");
}

export const about = (result) => `Node ${result.node.slice(1)}, ${result.machine}, ${roundsInWords(result)}`;

function chapter(result, charts) {
  const tables = [targetTable(result), ...tablesOf(result)].map(asMarkdown).join("\n");
  return `### ${about(result)}\n\n${charts.map((chart) => `![${chart}](../bench/results/${chart})\n`).join("\n")}\n${tables}`;
}

function writeDocs() {
  const document = here("../docs/performance-results.md");
  const begin = "<!-- results: written by node bench/report.mjs --write-docs -->";
  const end = "<!-- end of results -->";
  const text = readFileSync(document, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${document} must have "${begin}" and "${end}".`);
  const files = readdirSync(resultsFolder);
  const chapters = files
    .filter((file) => /^v\d+\.json$/.test(file))
    .flatMap((file) => {
      const result = readResult(`${resultsFolder}${file}`);
      if (!result) return [];
      const version = file.replace(".json", "");
      const charts = files.filter((one) => one.startsWith(`${version}-`) && one.endsWith(".svg"));
      return [chapter(result, charts)];
    });
  writeFileSync(document, `${text.slice(0, from)}${begin}\n\n${chapters.join("\n")}\n${text.slice(to)}`);
}

if (process.argv.includes("--write-docs")) writeDocs();

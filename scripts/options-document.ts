/** docs/options.md, as the option tables make it. */
import type { Row } from "../src/options/rows.js";
import { environmentNames } from "../src/runtime/environment-variables.js";
import { defaultInWords, documentedOptions, rowsOf, valueInWords } from "./option-tables.js";

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((one) => one.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");

/** A name of a document becomes a link to it, as seen from docs/. */
const linked = (text: string): string => text.replace(/\bdocs\/([a-z-]+)\.md/g, "[$1]($1.md)");

function optionRow([path, row]: readonly [string, Row]): readonly string[] {
  const otherwise = row.required ? "_required_" : defaultInWords(row) || "–";
  const variables = (row.environment ?? []).map((name) => `\`${name}\``).join(", ");
  return [`\`${path}\``, valueInWords(row), otherwise, variables || "–", linked(row.says)];
}

/** Who reads the environment. */
const readers = ["createRuntime()", "add()"];

function optionTable(name: string, rows: readonly (readonly [string, Row])[]): string {
  const head = ["option", "value", "default", "variable", "meaning"];
  const cells = rows.map(optionRow);
  const isShown = (_: string, column: number) => head[column] !== "variable" || readers.includes(name);
  return table(
    head.filter(isShown),
    cells.map((row) => row.filter(isShown)),
  );
}

const intro = [
  "An option wins over the environment, the environment over the default. A name that is no option is an error that says which was meant, and so is a",
  "value of another kind or out of its range. An option that is `undefined` is not given. Times are in milliseconds and at most 2,147,483,647, which is",
  "what a timer can keep.",
].join("\n");

const environment = [
  "Blank counts as unset. A switch is `true` or `1`, `false` or `0`; a time is a whole number of milliseconds, in digits; a list is separated by commas;",
  "anything else is an error. [Credentials](credentials.md) has every way in: what to set, the order, rotation, what to do when it fails. The command",
  "line also reads `MOORING_ADMIN_TOKEN`, for `--admin-token` and for the commands that ask a gateway, and `LOG_LEVEL`.",
].join("\n");

/** The options of an option stand with those of its call. */
const calls = documentedOptions.filter(({ name }) => name.endsWith("()"));
const sections = calls.map(({ name, table: rows }) => [`## \`${name}\``, optionTable(name, rowsOf(rows))]);

/** Not yet as the formatter leaves it. */
export const optionsDocument = [
  "<!-- Generated from the option tables by scripts/options.mjs. Change a row there, then run: node scripts/options.mjs -->",
  "# Options",
  intro,
  ...sections.flat(),
  "## Environment",
  environment,
  table(
    ["variable", "stands for"],
    Object.entries(environmentNames).map(([name, meaning]) => [`\`${name}\``, meaning]),
  ),
].join("\n\n");

// The pieces by themselves, each group in a fresh process.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const name = "micro";

const groups = ["codec", "framing", "dispatch", "path", "validate", "machines"];
/** What lies on the way of a request. */
const onTheWay = ["codec", "framing", "dispatch", "path"];

function run(group, bench = new URL("../", import.meta.url)) {
  const script = fileURLToPath(new URL(`micro/${group}.mjs`, bench));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  if (status !== 0) throw new Error(`micro/${group}.mjs failed: ${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)).map((one) => ({ group, ...one }));
}

export const measure = async () => ({ rows: groups.flatMap((group) => run(group)) });

/** By processor time, which others on the machine disturb less. */
export const comparisons = () =>
  onTheWay.map((group) => ({
    title: `${group}, processor time in µs`,
    measure: async ({ bench }) =>
      Object.fromEntries(run(group, bench).map(({ what, cpuNs }) => [what, cpuNs / 1_000])),
  }));

export const tables = ({ rows }) => [
  {
    title: "the pieces by themselves",
    columns: ["what", "group", "µs", "spread %"],
    lines: rows.map(({ group, what, ns, spread }) => [
      what,
      group,
      (ns / 1_000).toFixed(3),
      spread === undefined ? "" : spread.toFixed(0),
    ]),
  },
];

export const targets = () => [];

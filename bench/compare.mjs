// Two builds in the same run: what lies here, and another commit. Each round measures both, and begins with the other
// one than the last; a ratio is the median of the ratios within the rounds.
import { comparisonTable, figuresOf, here, other } from "./figures.mjs";
import { mooring, peer } from "./peers.mjs";
import { interleave } from "./rows/samples.mjs";
import { UsageError } from "./usage-error.mjs";

/** Which rows can be compared: those that say how one build is measured. */
export const comparable = (rows) => rows.filter((row) => row.comparisons !== undefined);

/** The rows to compare, in their order; all that can be where `names` is undefined. */
export function chosenToCompare(rows, names) {
  const able = comparable(rows);
  const unable = names?.find((name) => !able.some((row) => row.name === name));
  if (unable !== undefined)
    throw new UsageError(
      `--compare can measure ${able.map(({ name }) => name).join(", ")}; got "${unable}" in --only.`,
    );
  return names === undefined ? able : able.filter(({ name }) => names.includes(name));
}

/** `build`: what {@link otherBuild} gave. */
export const buildsToCompare = (build) => [
  { ...peer(mooring), name: here },
  { ...peer(mooring), name: other, bench: build.bench },
];

/** Measures the comparisons of one row, and hands out each as a table. */
export async function compareRow(row, builds, { commit, quick, rounds, say, tell }) {
  const found = [];
  for (const { title, measure } of row.comparisons({ quick })) {
    say(title);
    const figures = figuresOf(await interleave(builds, rounds, measure));
    tell(comparisonTable(title, commit, figures));
    found.push({ title, figures });
  }
  return found;
}

// What two builds came to, round by round, as figures and as a table.

export const here = "here";
export const other = "other";

/** Of each figure both medians, and here × the other commit. */
export function figuresOf(samples) {
  const [first] = samples.all(here);
  return Object.keys(first).map((what) => ({
    what,
    here: samples.median(here, what),
    other: samples.median(other, what),
    ratio: samples.ratio(here, other, what),
  }));
}

export function comparisonTable(title, commit, figures) {
  const digits = (value) => value.toFixed(value < 10 ? 3 : value < 1_000 ? 1 : 0);
  return {
    title,
    columns: ["what", here, commit, `${here} × ${commit}`, "spread %"],
    lines: figures.map(({ what, here: mine, other: theirs, ratio }) => [
      what,
      digits(mine),
      digits(theirs),
      ratio.value.toFixed(3),
      ratio.spread.toFixed(0),
    ]),
  };
}

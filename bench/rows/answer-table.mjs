// What tables of answers and round trips have in common.

/** What is measured of every answer, by the median of the rounds. */
export const answerMedians = (samples, subject) => ({
  perSecond: samples.median(subject, "perSecond"),
  cpuUs: samples.median(subject, "cpuUs"),
  p50: samples.median(subject, "p50"),
  p99: samples.median(subject, "p99"),
});

/** A line of a table: these, two ratios, and the spread of the second. */
export const answerLine = ({ subject, perSecond, cpuUs, p50, p99 }, first, second) => [
  subject,
  perSecond.toFixed(0),
  cpuUs.toFixed(1),
  p50.toFixed(2),
  p99.toFixed(2),
  first.value.toFixed(2),
  second.value.toFixed(2),
  second.spread.toFixed(0),
];

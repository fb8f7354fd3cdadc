// The few statistics that the benchmark uses.

export const sorted = (values) => [...values].sort((a, b) => a - b);

export const median = (values) => {
  const ordered = sorted(values);
  const middle = ordered.length >> 1;
  return ordered.length % 2 === 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
};

/** Of values in ascending order; 0 when there are none. */
export const percentile = (ascending, share) =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;

/** Between the extremes, in percent of the median. */
export const spread = (values) => ((Math.max(...values) - Math.min(...values)) / median(values)) * 100;

/** Jain's index: 1 when all got the same, 1/n when one got everything. */
export function jain(counts) {
  const sum = counts.reduce((total, count) => total + count, 0);
  const squares = counts.reduce((total, count) => total + count * count, 0);
  return squares === 0 ? 0 : (sum * sum) / (counts.length * squares);
}

/** Least squares: how much `y` grows for one more of `x`. */
export function slope(points) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const meanX = mean(({ x }) => x);
  const meanY = mean(({ y }) => y);
  const covariance = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return variance === 0 ? 0 : covariance / variance;
}

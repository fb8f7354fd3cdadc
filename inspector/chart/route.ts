/** The way of an edge as a path of SVG, with round corners. */

interface Point {
  readonly x: number;
  readonly y: number;
}

const radius = 7;

const pointsOf = (flat: readonly number[]): readonly Point[] =>
  Array.from({ length: flat.length / 2 }, (_, at) => ({ x: flat[2 * at] ?? 0, y: flat[2 * at + 1] ?? 0 }));

/** A point on the way from one to another, no further than half of it. */
function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return from;
  const part = Math.min(radius, length / 2) / length;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

const spell = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

export function routeOf(flat: readonly number[]): string {
  const points = pointsOf(flat);
  return points
    .map((point, at) => {
      const [before, after] = [points[at - 1], points[at + 1]];
      if (!before) return `M${spell(point)}`;
      if (!after) return `L${spell(point)}`;
      return `L${spell(towards(point, before))}Q${spell(point)} ${spell(towards(point, after))}`;
    })
    .join("");
}

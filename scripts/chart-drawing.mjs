/** What ELK made of a chart's graph, as the page draws it: whole pixels, so that it is the same on every machine. */
import { pairsOf, rowsOf, rowText } from "./chart-graph.mjs";

const round = Math.round;

/** Every box of the drawing by its id. */
function boxesOf(node, found = new Map()) {
  found.set(node.id, [round(node.x), round(node.y), round(node.width), round(node.height)]);
  for (const child of node.children ?? []) boxesOf(child, found);
  return found;
}

const pointsOf = ({ sections = [] }) =>
  sections.flatMap(({ startPoint, bendPoints = [], endPoint }) =>
    [startPoint, ...bendPoints, endPoint].flatMap(({ x, y }) => [round(x), round(y)]),
  );

const labelOf = ({ labels: [label] = [] }) =>
  label && [round(label.x), round(label.y), round(label.width), round(label.height)];

/** Fields that say nothing are left out. */
const said = (fields) =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== null && value !== undefined && value?.length !== 0,
    ),
  );

const stateOf = (node, boxes) => ({
  id: node.id,
  name: node.name,
  box: boxes.get(node.id),
  ...said({
    parent: node.parent,
    type: node.type === "atomic" ? null : node.type,
    description: node.description,
    meaning: node.meta?.meaning,
    next: node.meta?.next.what,
    tags: node.tags,
    actors: node.invokes.map(({ id }) => id),
    start: boxes.get(`${node.id} start`),
    stays: rowsOf(node).map((transition) => ({ key: transition.key, text: rowText(transition) })),
  }),
});

const transitionOf = ({ key, event, guard, actions, description }) => ({
  key,
  event,
  ...said({ guard, actions, description }),
});

export function drawingOf(chart, laidOut) {
  const boxes = boxesOf(laidOut.children[0]);
  const pairs = new Map(pairsOf(chart).map((pair) => [pair.id, pair]));
  const { width, height } = laidOut;
  const edges = laidOut.edges.map((edge) => {
    const pair = pairs.get(edge.id);
    const points = pointsOf(edge);
    if (!pair) return { points };
    return {
      from: pair.source,
      to: pair.target,
      points,
      label: labelOf(edge),
      transitions: pair.transitions.map(transitionOf),
    };
  });
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    states: chart.map((node) => stateOf(node, boxes)),
    edges,
  };
}

/** A machine's chart as a graph for ELK: states with their children inside, every transition that leads somewhere as an edge. */

/** Widths by characters, because fonts differ; the page draws with a monospaced one. */
const nameWidth = 7.6;
const wordWidth = 6.4;

export const nameHeight = 24;
export const rowHeight = 15;
export const labelHeight = 14;
const margin = 10;
const dot = 12;

const width = (lines, each) => Math.ceil(Math.max(0, ...lines.map((line) => line.length * each)));

/** What a transition says on its edge, in lines: the event, and its guard in brackets. */
export const labelLines = ({ event, guard }) => (guard === null ? [event] : [event, `[${guard}]`]);

/** A transition that stays: `event [guard] / actions`, inside its state. */
export const rowText = ({ event, guard, actions }) =>
  [
    event,
    guard === null ? "" : ` [${guard}]`,
    actions.length === 0 ? " / nothing" : ` / ${actions.join(", ")}`,
  ].join("");

export const rowsOf = ({ transitions }) => transitions.filter(({ targets }) => targets.length === 0);

/** Of the drawing and of each state with children: ELK passes none of them on. */
const spacing = {
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.edgeLabels.sideSelection": "ALWAYS_UP",
  "elk.edgeLabels.inline": "false",
  "elk.spacing.nodeNode": "24",
  "elk.spacing.edgeNode": "14",
  "elk.spacing.edgeEdge": "10",
  "elk.spacing.edgeLabel": "2",
  "elk.layered.spacing.nodeNodeBetweenLayers": "28",
  "elk.layered.spacing.edgeNodeBetweenLayers": "14",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "10",
};

const nodeOptions = {
  "elk.nodeSize.constraints": "MINIMUM_SIZE",
  "elk.nodeLabels.placement": "[H_LEFT, V_TOP, INSIDE]",
};

/** Edges that end at one side of a state need room there, or they would meet before it. */
function widthForEdges(pairs, id) {
  const most = Math.max(
    pairs.filter(({ target }) => target === id).length,
    pairs.filter(({ source }) => source === id).length,
  );
  return (most + 1) * 10;
}

/** A state, and its children in it. */
function nodeOf(chart, pairs, node) {
  const children = chart.filter(({ parent }) => parent === node.id);
  const rows = rowsOf(node);
  const head = nameHeight + rows.length * rowHeight + (rows.length > 0 ? 4 : 0);
  const wide = Math.max(width([node.name], nameWidth), width(rows.map(rowText), wordWidth)) + 2 * margin;
  if (node.type === "history") return { id: node.id, width: 2 * dot, height: 2 * dot };
  if (children.length === 0)
    return { id: node.id, width: Math.max(wide, 60, widthForEdges(pairs, node.id)), height: head + 4 };
  const start = node.initial === null ? [] : [{ id: `${node.id} start`, width: dot, height: dot }];
  return {
    id: node.id,
    children: [...start, ...children.map((child) => nodeOf(chart, pairs, child))],
    layoutOptions: {
      ...spacing,
      ...nodeOptions,
      "elk.padding": `[top=${head + margin},left=${margin + 4},bottom=${margin + 4},right=${margin + 4}]`,
      "elk.nodeSize.minimum": `(${wide},${head})`,
    },
  };
}

/** The chart is written in the order of a life: what leads on in it is drawn downwards. */
const isForward = (chart, source, target) => {
  const place = (id) => chart.findIndex((node) => node.id === id);
  return place(source) < place(target);
};

/** All that leads from one state to another: one edge, with a label of all their words. */
export function pairsOf(chart) {
  const pairs = new Map();
  for (const { id, transitions } of chart)
    for (const transition of transitions)
      for (const target of transition.targets) {
        const pair = `${id} to ${target}`;
        if (!pairs.has(pair))
          pairs.set(pair, {
            id: pair,
            source: id,
            target,
            transitions: [],
            isForward: isForward(chart, id, target),
          });
        pairs.get(pair).transitions.push(transition);
      }
  return [...pairs.values()];
}

const edgeOf = ({ id, source, target, transitions, isForward }) => {
  const lines = transitions.flatMap(labelLines);
  const size = { width: width(lines, wordWidth) + 8, height: lines.length * labelHeight + 2 };
  // ELK passes over a label without a text.
  return {
    id,
    sources: [source],
    targets: [target],
    labels: [{ id: `${id} label`, text: lines.join(" "), ...size }],
    ...(isForward ? { layoutOptions: { "elk.layered.priority.direction": "10" } } : {}),
  };
};

const startEdges = (chart) =>
  chart
    .filter(({ initial }) => initial !== null)
    .map(({ id, initial }) => ({ id: `${id} start edge`, sources: [`${id} start`], targets: [initial] }));

const layoutOptions = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.randomSeed": "1",
  "elk.json.shapeCoords": "ROOT",
  "elk.json.edgeCoords": "ROOT",
  ...spacing,
};

export function graphOf(chart) {
  const pairs = pairsOf(chart);
  return {
    id: "drawing",
    layoutOptions,
    children: [nodeOf(chart, pairs, chart[0])],
    edges: [...startEdges(chart), ...pairs.map(edgeOf)],
  };
}

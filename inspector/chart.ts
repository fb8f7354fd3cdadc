/** Draws a statechart as boxes in boxes, with the active ones lit and an arrow for the last transition. */

interface StateConfig {
  readonly type?: string;
  readonly always?: unknown;
  readonly states?: Readonly<Record<string, StateConfig>>;
}

interface Box {
  readonly path: string;
  readonly name: string;
  readonly children: readonly Box[];
  readonly isRegion: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
}

const pad = 10;
const title = 22;
const leafHeight = 28;
const rowLimit = 760;

const svgNamespace = "http://www.w3.org/2000/svg";

/** A transition without an event and without a condition is taken at once. */
const isTaken = (always: unknown): boolean =>
  typeof always === "string" || (typeof always === "object" && always !== null && !("guard" in always));

/** History and passed-through states have no box: nobody ever rests there. */
const isShown = ({ type, always }: StateConfig): boolean =>
  type !== "history" && ![always].flat().some(isTaken);

function boxOf(name: string, path: string, config: StateConfig, isRegion: boolean): Box {
  const inner = Object.entries(config.states ?? {}).filter(([, one]) => isShown(one));
  const children = inner.map(([child, one]) =>
    boxOf(child, path ? `${path}.${child}` : child, one, config.type === "parallel"),
  );
  const box: Box = { path, name, children, isRegion, x: 0, y: 0, width: 0, height: 0 };
  return arrange(box);
}

/** Children in rows no wider than the limit. */
function arrange(box: Box): Box {
  if (box.children.length === 0) {
    box.width = Math.max(70, box.name.length * 7.2 + 2 * pad);
    box.height = leafHeight;
    return box;
  }
  let x = pad;
  let y = title + 4;
  let rowHeight = 0;
  let widest = box.name.length * 7.2 + 2 * pad;
  for (const child of box.children) {
    if (x > pad && x + child.width > rowLimit) {
      x = pad;
      y += rowHeight + pad;
      rowHeight = 0;
    }
    child.x = x;
    child.y = y;
    x += child.width + pad;
    rowHeight = Math.max(rowHeight, child.height);
    widest = Math.max(widest, x);
  }
  box.width = widest;
  box.height = y + rowHeight + pad;
  return box;
}

function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  text?: string,
): SVGElement {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

interface Centre {
  readonly x: number;
  readonly y: number;
}

function paint(
  box: Box,
  offsetX: number,
  offsetY: number,
  active: ReadonlySet<string>,
  svg: SVGElement,
  centres: Map<string, Centre>,
): void {
  const x = offsetX + box.x;
  const y = offsetY + box.y;
  const isLeaf = box.children.length === 0;
  const classes = ["box", isLeaf ? "leaf" : "outer", active.has(box.path) ? "active" : ""]
    .filter(Boolean)
    .join(" ");
  if (box.path) {
    svg.append(
      element("rect", {
        x,
        y,
        width: box.width,
        height: box.height,
        rx: 6,
        class: classes,
        ...(box.isRegion ? { "stroke-dasharray": "4 3" } : {}),
      }),
      element("text", { x: x + pad, y: y + 18, ...(box.isRegion ? { class: "region" } : {}) }, box.name),
    );
    centres.set(box.path, { x: x + box.width / 2, y: y + (isLeaf ? box.height / 2 : title / 2) });
  }
  for (const child of box.children) paint(child, x, y, active, svg, centres);
}

const deepest = (paths: Iterable<string>, other: ReadonlySet<string>): string | undefined =>
  [...paths].filter((path) => !other.has(path)).sort((a, b) => b.split(".").length - a.split(".").length)[0];

/** Replaces what the SVG shows. `before`: what was active before the last transition, by `label`. */
export function drawChart(
  svg: SVGSVGElement,
  definition: string,
  active: ReadonlySet<string>,
  before: ReadonlySet<string>,
  label: string,
): void {
  const root = boxOf("", "", JSON.parse(definition) as StateConfig, false);
  svg.replaceChildren();
  svg.setAttribute("width", String(root.width + pad));
  svg.setAttribute("height", String(root.height + pad));
  const head = element("marker", {
    id: "head",
    viewBox: "0 0 8 8",
    refX: 7,
    refY: 4,
    markerWidth: 7,
    markerHeight: 7,
    orient: "auto",
  });
  head.append(element("path", { d: "M0 0 L8 4 L0 8 z" }));
  svg.append(head);
  const centres = new Map<string, Centre>();
  paint(root, 0, 0, active, svg, centres);
  const from = centres.get(deepest(before, active) ?? "");
  const to = centres.get(deepest(active, before) ?? "");
  if (!from || !to) return;
  const bend = Math.min(60, Math.abs(to.x - from.x) / 3 + 12);
  const middle = { x: (from.x + to.x) / 2, y: Math.min(from.y, to.y) - bend };
  svg.append(
    element("path", { class: "move", d: `M${from.x} ${from.y} Q${middle.x} ${middle.y} ${to.x} ${to.y}` }),
    element(
      "text",
      { class: "move-label", x: middle.x, y: Math.max(12, middle.y + bend / 2), "text-anchor": "middle" },
      label,
    ),
  );
}

/** A state of a chart: its name, and the transitions that stay in it. */
import type { DrawnState } from "./drawing.js";
import { pointedAt } from "./stage.js";

const headHeight = 24;
const rowHeight = 15;

interface Props {
  readonly state: DrawnState;
  readonly isActive: boolean;
  readonly isLeaf: boolean;
  /** Inside a parallel state: it is active together with its siblings. */
  readonly isRegion: boolean;
  /** Keys of the transitions of the last step, and of the one that is looked at. */
  readonly lit: ReadonlySet<string>;
  /** From afar the name is all that is written, as large as there is room for it. */
  readonly scale: number;
}

const nameSize = 12;

/** Below this, words are too small to be read. */
export const far = 0.3;

function sizeOfName({ name, box, stays = [] }: DrawnState, isLeaf: boolean, scale: number): number {
  if (scale >= far) return nameSize;
  const room = isLeaf ? box[3] - 6 : headHeight + stays.length * rowHeight + 6;
  return Math.max(nameSize, Math.min(13 / scale, room * 0.9, (box[2] - 20) / (name.length * 0.64)));
}

export function StateBox({ state, isActive, isLeaf, isRegion, lit, scale }: Props) {
  const { id, name, box, start, stays = [], description, meaning, type } = state;
  const [x, y, width, height] = box;
  if (type === "history")
    return (
      <g class="state history">
        <circle cx={x + width / 2} cy={y + height / 2} r={width / 2} />
        <text x={x + width / 2} y={y + height / 2 + 4} text-anchor="middle">
          H
        </text>
        <title>{`${name}: goes back to where it was`}</title>
      </g>
    );
  const kinds = [
    "state",
    isLeaf ? "leaf" : "outer",
    isActive ? "active" : "",
    isRegion ? "region" : "",
    type ?? "",
  ];
  const words = description ?? meaning;
  const size = sizeOfName(state, isLeaf, scale);
  const point = () => {
    pointedAt.value = id;
  };
  const leave = () => {
    if (pointedAt.value === id) pointedAt.value = undefined;
  };
  return (
    <g class={kinds.filter(Boolean).join(" ")} data-state={id} onPointerEnter={point} onPointerLeave={leave}>
      {/* biome-ignore lint/a11y/useSemanticElements: SVG has no button */}
      <g
        role="button"
        aria-label={`${name}${isActive ? ", active" : ""}${words ? `: ${words}` : ""}`}
        tabIndex={isActive ? 0 : -1}
        onClick={point}
        onFocus={point}
        onBlur={leave}
      >
        <rect x={x} y={y} width={width} height={height} rx={7} />
        {type === "final" && (
          <rect class="inner" x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={5} />
        )}
        <text class="state-name" x={x + 10} y={y + 5 + size} style={{ fontSize: `${size}px` }}>
          {name}
        </text>
      </g>
      <g>
        {stays.map(({ key, text }, at) => (
          <text
            key={key}
            class={lit.has(key) ? "stay lit" : "stay"}
            x={x + 10}
            y={y + headHeight + 11 + at * rowHeight}
          >
            {text}
          </text>
        ))}
        {start && <circle class="start" cx={start[0] + 6} cy={start[1] + 6} r={5} />}
      </g>
    </g>
  );
}

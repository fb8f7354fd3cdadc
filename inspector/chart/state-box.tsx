/** The box of a state. What it means shows while the pointer or the focus is on it. */

import { unlessUnchanged } from "../parts/unchanged.js";
import type { DrawnState } from "./drawing.js";
import { pointedAt } from "./stage.js";

interface Props {
  readonly state: DrawnState;
  readonly isActive: boolean;
  readonly isLeaf: boolean;
  /** Inside a parallel state: it is active together with its siblings. */
  readonly isRegion: boolean;
}

function Box({ state, isActive, isLeaf, isRegion }: Props) {
  const { id, name, box, start, description, meaning, type } = state;
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
      </g>
      {start && <circle class="start" cx={start[0] + 6} cy={start[1] + 6} r={5} />}
    </g>
  );
}

export const StateBox = unlessUnchanged(Box);

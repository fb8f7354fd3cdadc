/** A state's name and the transitions that stay in it; drawn above the ways, so that none runs through a word. */
import { unlessUnchanged } from "../parts/unchanged.js";
import type { DrawnState } from "./drawing.js";

const headHeight = 24;
const rowHeight = 15;
const nameSize = 12;

/** Below this, words are too small to be read. */
export const far = 0.3;

interface Props {
  readonly state: DrawnState;
  readonly isLeaf: boolean;
  readonly isActive: boolean;
  /** Keys of the transitions of the last step, and of the one that is looked at. */
  readonly lit: ReadonlySet<string>;
  /** From afar the name is all that is written, as large as there is room for it. */
  readonly scale: number;
}

function sizeOfName({ name, box, stays = [] }: DrawnState, isLeaf: boolean, scale: number): number {
  if (scale >= far) return nameSize;
  const room = isLeaf ? box[3] - 6 : headHeight + stays.length * rowHeight + 6;
  return Math.max(nameSize, Math.min(13 / scale, room * 0.9, (box[2] - 20) / (name.length * 0.64)));
}

function Words({ state, isLeaf, isActive, lit, scale }: Props) {
  const { name, box, stays = [], type } = state;
  if (type === "history") return null;
  const [x, y] = box;
  const size = sizeOfName(state, isLeaf, scale);
  return (
    <g class={`words ${isLeaf && isActive ? "on-lit" : ""} ${isLeaf ? "on-leaf" : ""}`}>
      <text class="state-name" x={x + 10} y={y + 5 + size} style={{ fontSize: `${size}px` }}>
        {name}
      </text>
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
    </g>
  );
}

const Shown = unlessUnchanged(Words);
const nothingLit: ReadonlySet<string> = new Set();

/** Most stay as they are when an actor moves. */
export function StateWords({ state, isLeaf, isActive, lit, scale }: Props) {
  const isLit = (state.stays ?? []).some(({ key }) => lit.has(key));
  return (
    <Shown
      state={state}
      isLeaf={isLeaf}
      isActive={isActive}
      lit={isLit ? lit : nothingLit}
      scale={scale >= far ? 1 : scale}
    />
  );
}

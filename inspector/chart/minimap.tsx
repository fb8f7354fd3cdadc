/** The whole chart, small, with what is seen of it; a click goes there. */
import type { LookedActor } from "../source.js";
import { centre } from "./camera.js";
import type { Drawing } from "./drawing.js";
import { camera, follows, size } from "./stage.js";

interface Props {
  readonly actor: LookedActor;
  readonly drawing: Drawing;
  readonly version: number;
}

export function Minimap({ actor, drawing }: Props) {
  const { x, y, scale } = camera.value;
  const { width, height } = size.value;
  const go = (event: PointerEvent): void => {
    if (event.buttons !== 1 || !(event.currentTarget instanceof Element)) return;
    const { left, top, width: wide, height: high } = event.currentTarget.getBoundingClientRect();
    const part = Math.max(drawing.width / wide, drawing.height / high);
    const [across, down] = [(wide - drawing.width / part) / 2, (high - drawing.height / part) / 2];
    follows.value = false;
    const at = [(event.clientX - left - across) * part, (event.clientY - top - down) * part, 0, 0] as const;
    camera.value = centre(at, size.value, scale);
  };
  return (
    <svg
      class="minimap"
      viewBox={`0 0 ${drawing.width} ${drawing.height}`}
      aria-hidden="true"
      onPointerDown={go}
      onPointerMove={go}
    >
      {drawing.states
        .filter(({ type }) => type !== "history")
        .map(({ id, box }) => (
          <rect
            key={id}
            class={`${drawing.leaves.has(id) ? "leaf" : "outer"} ${actor.active.has(id) ? "active" : ""}`}
            x={box[0]}
            y={box[1]}
            width={box[2]}
            height={box[3]}
            rx={12}
          />
        ))}
      <rect class="seen" x={x} y={y} width={width / scale} height={height / scale} />
    </svg>
  );
}

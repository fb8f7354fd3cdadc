/** How the chart is looked at, by buttons. */
import type { LookedActor } from "../source.js";
import type { Drawing } from "./drawing.js";
import { camera, fitAll, follows, lookAtActive, zoomBy } from "./stage.js";

interface Props {
  readonly actor: LookedActor;
  readonly drawing: Drawing;
}

export function toggleFollowing({ actor, drawing }: Props): void {
  follows.value = !follows.value;
  if (follows.value) lookAtActive(drawing, actor, Math.max(camera.value.scale, 0.7));
}

export function Toolbar({ actor, drawing }: Props) {
  return (
    <div class="toolbar" role="toolbar" aria-label="View of the chart">
      <button type="button" title="Larger (+)" aria-label="Larger" onClick={() => zoomBy(1.3)}>
        +
      </button>
      <button type="button" title="Smaller (−)" aria-label="Smaller" onClick={() => zoomBy(1 / 1.3)}>
        −
      </button>
      <button type="button" title="All of it (0)" onClick={() => fitAll(drawing)}>
        Fit
      </button>
      <button
        type="button"
        title="Go along with the active states (f)"
        aria-pressed={follows.value}
        onClick={() => toggleFollowing({ actor, drawing })}
      >
        Follow
      </button>
    </div>
  );
}

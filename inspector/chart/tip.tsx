/** What the state under the pointer, or with the focus, means; in a corner, so that it covers nothing that is looked at. */

import { now } from "../page-state.js";
import { duration } from "../parts/words.js";
import type { LookedActor } from "../source.js";
import type { Drawing } from "./drawing.js";
import { pointedAt } from "./stage.js";

interface Props {
  readonly actor: LookedActor;
  readonly drawing: Drawing;
}

export function Tip({ actor, drawing }: Props) {
  const state = drawing.state.get(pointedAt.value ?? "");
  if (!state || (!state.description && !state.meaning)) return null;
  const entered = actor.enteredAt.get(state.id);
  return (
    <div class="tip" role="tooltip">
      <strong>{state.name}</strong>
      {state.description && <p>{state.description}</p>}
      {state.meaning && <p>For people: {state.meaning}</p>}
      {state.next && <p>Next: {state.next}</p>}
      {state.actors && <p>Runs {state.actors.join(", ")}</p>}
      {actor.active.has(state.id) && (
        <p class="faint">Active{entered === undefined ? "" : ` for ${duration(now.value - entered)}`}</p>
      )}
    </div>
  );
}

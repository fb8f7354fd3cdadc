/** What may happen next: the transitions of the active states, each with a button that shows its edge. */

import { chosenTransition } from "../page-state.js";
import type { LookedActor } from "../source.js";
import type { Drawing, DrawnTransition } from "./drawing.js";
import { choosing } from "./edge.js";
import { lookAt } from "./stage.js";

interface Props {
  readonly actor: LookedActor;
  readonly drawing: Drawing;
  readonly version: number;
}

interface Way extends DrawnTransition {
  readonly from: string;
  readonly to: string;
}

/** From the inside out, as events are offered. */
const waysOf = ({ actor, drawing }: Props): readonly Way[] =>
  drawing.edges
    .flatMap(({ from = "", to = "", transitions = [] }) =>
      actor.active.has(from) ? transitions.map((transition) => ({ ...transition, from, to })) : [],
    )
    .sort((a, b) => b.from.length - a.from.length || 0);

const nameIn = (drawing: Drawing, id: string): string => drawing.state.get(id)?.name ?? id;

/** The edge of a transition, with both its ends. */
export function lookAtTransition(drawing: Drawing, key: string): void {
  const edge = drawing.edgeOf.get(key);
  const ends = [edge?.from, edge?.to].flatMap((id) => drawing.state.get(id ?? "") ?? []);
  const small = ends.filter(({ id }) => drawing.leaves.has(id)).map(({ box }) => box);
  const boxes = [...(edge?.label ? [edge.label] : []), ...small];
  if (boxes.length > 0) lookAt(boxes);
}

export function WaysOut(props: Props) {
  const { drawing } = props;
  const ways = waysOf(props);
  if (ways.length === 0) return null;
  return (
    <section class="panel" aria-label="Ways out">
      <h2>Ways out</h2>
      <ul class="plain ways">
        {ways.map(({ key, event, guard, from, to, description }) => (
          <li key={`${key} ${to}`}>
            <button
              type="button"
              aria-pressed={chosenTransition.value === key}
              title={description}
              onClick={() => {
                choosing(key);
                if (chosenTransition.value !== undefined) lookAtTransition(drawing, key);
              }}
            >
              <span>{event}</span>
              {guard && <span class="faint">[{guard}]</span>}
              <span class="way-to">
                {nameIn(drawing, from)} to {nameIn(drawing, to)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

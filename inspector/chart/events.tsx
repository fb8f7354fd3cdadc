/** What came last to the chosen actor, newest first; a line leads to its edge, and an edge to its lines. */

import { chosenTransition } from "../page-state.js";
import { clock, factsIn, spoken } from "../parts/words.js";
import type { LookedActor, LookedStep } from "../source.js";
import { activeLeaves, type Drawing } from "./drawing.js";
import { guardsOf, isDead, sentBy, wayOf } from "./step-words.js";
import { lookAtTransition } from "./ways-out.js";

interface Props {
  readonly actor: LookedActor;
  readonly drawing: Drawing | undefined;
  readonly version: number;
}

/** The transition of a step that is drawn as an edge; the first, where one led to another. */
const edgeKey = ({ taken }: LookedStep, drawing: Drawing | undefined): string | undefined =>
  taken.find((key) => drawing?.edgeOf.has(key)) ?? taken[0];

function where(step: LookedStep, drawing: Drawing | undefined): string {
  const leaves = drawing ? activeLeaves(drawing, step.active) : [];
  const inner = [...leaves].sort((a, b) => b.id.length - a.id.length)[0];
  return inner ? inner.id.split(".").slice(-2).join(".") : "";
}

/** Who sent it, what guards said, and what went out. */
function More({ step, chart }: { readonly step: LookedStep; readonly chart: string | undefined }) {
  const guards = guardsOf(step);
  return (
    <>
      <span class="event-way">{wayOf(step, chart)}</span>
      {isDead(step) && <span class="event-dead trouble">not taken: a dead letter</span>}
      {guards.length > 0 && (
        <span class="event-guards">
          {guards.map(([guard, said]) => (
            <span key={`${guard} ${said}`} class="guard" data-said={said}>
              {guard}: {said ? "yes" : "no"}
            </span>
          ))}
        </span>
      )}
      <span class="event-sent">{sentBy(step)}</span>
    </>
  );
}

interface LineProps {
  readonly step: LookedStep;
  readonly chart: string | undefined;
  readonly drawing: Drawing | undefined;
}

function Line({ step, chart, drawing }: LineProps) {
  const key = edgeKey(step, drawing);
  const show = (): void => {
    chosenTransition.value = key;
    if (key !== undefined && drawing) lookAtTransition(drawing, key);
  };
  return (
    <li>
      <button
        type="button"
        class="event"
        disabled={key === undefined}
        aria-pressed={key !== undefined && chosenTransition.value === key}
        onClick={show}
      >
        <span class="event-time">{clock(step.at)}</span>
        <span class="event-name">{spoken(step.event)}</span>
        <span class="event-state">{where(step, drawing)}</span>
        <span class="event-facts">{factsIn(step.facts)}</span>
        <More step={step} chart={chart} />
      </button>
    </li>
  );
}

export function Events({ actor, drawing }: Props) {
  const chosen = chosenTransition.value;
  const all = [...actor.steps].reverse();
  const shown = chosen === undefined ? all : all.filter(({ taken }) => taken.includes(chosen));
  const [, event = ""] = chosen?.split(" ") ?? [];
  return (
    <section class="panel events" aria-label="Last events">
      <h2>Last events</h2>
      {chosen !== undefined && (
        <p class="chosen-edge">
          {shown.length === 0 ? "Not taken lately: " : "Only "}
          {spoken(event)}
          <button
            type="button"
            onClick={() => {
              chosenTransition.value = undefined;
            }}
          >
            Show all
          </button>
        </p>
      )}
      <ul class="plain">
        {shown.map((step) => (
          <Line
            key={`${step.at} ${all.length - all.indexOf(step)}`}
            step={step}
            chart={actor.machine}
            drawing={drawing}
          />
        ))}
      </ul>
    </section>
  );
}

/** One actor's chart, live, with what is known of it beside. */
import { useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { ControlPanel } from "../control/control-panel.js";
import { chosen, chosenActor, chosenVersion } from "../page-state.js";
import { StatelyPanel } from "../stately/panel.js";
import { ActorTree } from "./actor-tree.js";
import { ChartSvg } from "./chart-svg.js";
import { drawingOf } from "./drawing.js";
import { Events } from "./events.js";
import { Facts } from "./facts.js";
import { Minimap } from "./minimap.js";
import { follow, follows, show } from "./stage.js";
import { Tip } from "./tip.js";
import { Toolbar } from "./toolbar.js";
import { WaysOut } from "./ways-out.js";

interface Beside {
  /** What acts on the runtime; not every page may. */
  readonly controls?: ComponentChildren;
  /** Comes last. */
  readonly children?: ComponentChildren;
}

/** Without the place on a page: what is shown beside something else. */
export function ChartParts({ controls, children }: Beside) {
  chosenVersion.value;
  const actor = chosenActor.value;
  const drawing = drawingOf(actor?.machine);
  const machine = actor?.machine;
  useLayoutEffect(() => {
    if (!actor || !drawing) return;
    follows.value = true;
    show(drawing, actor);
    // Another actor of the same machine is shown where one looks already, if it is there.
  }, [machine]);
  useSignalEffect(() => {
    chosenVersion.value;
    const now = chosenActor.value;
    const drawn = drawingOf(now?.machine);
    if (now && drawn) follow(drawn, now);
  });
  const shown = actor && { actor, drawing, version: actor.version };
  return (
    <>
      <ActorTree />
      <div class="stage">
        {actor && drawing ? (
          <>
            <ChartSvg actor={actor} drawing={drawing} version={actor.version} />
            <Toolbar actor={actor} drawing={drawing} />
            <Minimap actor={actor} drawing={drawing} version={actor.version} />
            <Tip actor={actor} drawing={drawing} />
          </>
        ) : (
          <p class="nothing">{actor ? `${actor.name} has no chart: it is a port.` : "Choose an actor."}</p>
        )}
      </div>
      <div class="details">
        {shown && <Facts {...shown} />}
        {controls}
        {shown && <Events {...shown} />}
        {actor && drawing && <WaysOut actor={actor} drawing={drawing} version={actor.version} />}
        {actor && drawing && children}
      </div>
    </>
  );
}

export function ChartView() {
  return (
    <main class="chart">
      <ChartParts controls={chosen.value !== undefined && <ControlPanel address={chosen.value} />}>
        <StatelyPanel />
      </ChartParts>
    </main>
  );
}

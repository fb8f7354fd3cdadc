/** The button that opens Stately's hosted inspector, and how far that came. */
import { effect } from "@preact/signals";
import type { SeenActor } from "../feed/actors.js";
import type { StepTold } from "../feed/told.js";
import { chosen, live, source } from "../page-state.js";
import { familyOf, shown } from "./family.js";
import { HostedInspector, type HostedState, hostedAddress } from "./hosted.js";

const { seen: actors } = live;

const family = () => {
  const actor = chosen.value === undefined ? undefined : actors.at(chosen.value);
  return actor ? familyOf(actors, actor).map((one) => shown(actors, one)) : [];
};

const hosted = new HostedInspector(family);

// Who is looked at next is told of, too.
effect(() => {
  if (hosted.state.value === "connected") for (const actor of family()) hosted.tell(actor);
});

const isNewChild = ({ machine, parentId }: SeenActor): boolean =>
  machine !== "registration" && machine !== "partition" && hosted.knows(parentId);

/** A step that the page was told of, of an actor that the inspector knows, or whose parent it knows. */
export function passOn(actor: SeenActor, { at, event, facts }: StepTold): void {
  if (hosted.knows(actor.id) || isNewChild(actor)) hosted.step(shown(actors, actor), { at, event, facts });
}

const words: Readonly<Record<HostedState, string>> = {
  closed: "",
  opening: "Waiting for it…",
  connected: "Connected: it is told of each step.",
  blocked: "The browser blocked the window: allow pop-ups for this page.",
  unanswered: "The window closed before it answered.",
};

/** It follows what is live: a recording is for this page. */
export function StatelyPanel() {
  if (source.value !== live) return null;
  return (
    <section class="panel" aria-label="Stately">
      <h2>Stately</h2>
      <button type="button" onClick={() => hosted.open()}>
        Open in Stately Inspector
      </button>
      <p class="faint">
        Needs the internet: a window of your browser opens {new URL(hostedAddress()).host}, and this page
        hands it what it shows of this actor and those around it.
      </p>
      <p role="status">{words[hosted.state.value]}</p>
    </section>
  );
}

/** The button that opens Stately's hosted inspector, and how far that came. */
import { effect } from "@preact/signals";
import type { SeenActor } from "../feed/actors.js";
import type { StepTold } from "../feed/told.js";
import { chosenActor, live, source } from "../page-state.js";
import { familyOf, lineOf, senderIn, shown } from "./family.js";
import { HostedInspector, type HostedState, hostedAddress } from "./hosted.js";

const { seen } = live;

const family = () => {
  const actor = seen.at(chosenActor.value?.address ?? "");
  return actor ? familyOf(seen, actor).map((one) => shown(seen, one)) : [];
};

const hosted = new HostedInspector(family);

// Who is looked at next is told of, too.
effect(() => {
  if (hosted.state.value === "connected") for (const actor of family()) hosted.tell(actor);
});

/** A step that the page was told of: it is told of what it looks at, and of nothing else. */
export function passOn(actor: SeenActor, step: StepTold): void {
  if (hosted.state.value !== "connected") return;
  for (const above of lineOf(seen, actor).slice(0, -1)) hosted.tell(shown(seen, above));
  const { at, event, facts } = step;
  hosted.step(shown(seen, actor), { at, event, facts, sourceId: senderIn(seen, actor, step) });
}

const words: Readonly<Record<HostedState, string>> = {
  closed: "",
  opening: "Waiting for it…",
  connected: "Connected: it is told of each step.",
  blocked: "The browser blocked the window: allow pop-ups for this page.",
  unanswered: "The window closed before it answered.",
};

/** Of what is live: a recording has no steps that come. */
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

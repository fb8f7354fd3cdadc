/** The inspector's page: its head, and the view that is chosen. */
import { type ComponentChild, render } from "preact";
import { useEffect } from "preact/hooks";
import { ChartView } from "./chart/chart-view.js";
import { Confirm } from "./control/confirm.js";
import { ControlBadge } from "./control/control-badge.js";
import { OutcomeLine } from "./control/outcome-line.js";
import { FleetView } from "./fleet/fleet-view.js";
import { everything } from "./fleet/order.js";
import { onKey } from "./keyboard.js";
import { followAddress } from "./links.js";
import { begin, chosen, frame, hasDrawings, link, live, source, view } from "./page-state.js";
import { Help, HelpButton } from "./parts/help.js";
import { clock, count, duration } from "./parts/words.js";
import { Drop, Notices, Ways } from "./past/opening.js";
import { PastBar } from "./past/past-bar.js";
import { past } from "./past/past-state.js";
import { RequestsView } from "./requests/requests-view.js";
import { clockAhead, heldAt } from "./runtime-clock.js";
import { SequenceView } from "./sequence/sequence-view.js";
import { passOn } from "./stately/panel.js";
import { type View, views } from "./views.js";

const linkWords = {
  connecting: "connecting…",
  live: "live",
  lost: "connection lost, trying again…",
  refused:
    "This page's link counts no more: the runtime was started anew. Open the link that the new process printed.",
};

/** Something is there to see at once: the first registration, or what is above all. */
function showChart(): void {
  const { actors, fleet } = source.value;
  const [root] = actors.roots();
  chosen.value ??= fleet.list(everything, "name").at(0)?.key ?? root?.address;
  view.value = "chart";
}

/** When the last news came, where what is live is shown, and none come. */
const shownHeldAt = (): number | undefined => (past.value ? undefined : heldAt.value);

function linkText(): string {
  if (past.value) return "not live";
  const words = linkWords[link.value];
  const at = shownHeldAt();
  return at === undefined ? words : `as it was at ${clock(at)}: ${words}`;
}

function Summary() {
  frame.value;
  const { ready, size } = source.value.fleet;
  const verb = shownHeldAt() !== undefined ? "served" : size === 1 ? "serves" : "serve";
  return (
    <p class="summary" role="status">
      {ready.toLocaleString("en")} of {count(size, "registration")} {verb}
    </p>
  );
}

const clockRemedy =
  "Set the clock of the computer that is wrong: tokens are refused when it is the runtime's. mooring doctor compares it with the token server's.";

/** Who compares a time with a watch, or two machines, has to know. */
function Clocks() {
  const ahead = clockAhead.value;
  if (ahead === 0) return null;
  return (
    <p class="clocks" role="status" title={clockRemedy}>
      The runtime's clock is {duration(Math.abs(ahead))} {ahead > 0 ? "ahead of" : "behind"} this browser's
    </p>
  );
}

function Head() {
  return (
    <header data-held={shownHeldAt() !== undefined}>
      <h1>Mooring</h1>
      <nav aria-label="Views">
        {views.map(([name, words]) => (
          <button
            key={name}
            type="button"
            aria-current={view.value === name ? "page" : undefined}
            onClick={() => {
              if (name === "chart") showChart();
              else view.value = name;
            }}
          >
            {words}
          </button>
        ))}
      </nav>
      <Summary />
      <Clocks />
      <ControlBadge />
      <Ways />
      <p class="link" data-state={past.value ? "past" : link.value} role="status">
        {linkText()}
      </p>
      <HelpButton />
    </header>
  );
}

const shown: Readonly<Record<View, () => ComponentChild>> = {
  fleet: FleetView,
  chart: ChartView,
  sequence: SequenceView,
  requests: RequestsView,
};

function Page() {
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  if (view.value === "chart" && chosen.value === undefined) showChart();
  const Shown = shown[view.value];
  return (
    <>
      <Head />
      <OutcomeLine />
      <Notices />
      <PastBar />
      {hasDrawings.value && <Shown />}
      <Confirm />
      <Drop />
      <Help />
    </>
  );
}

live.follow(passOn);
begin();
followAddress();
render(<Page />, document.body);

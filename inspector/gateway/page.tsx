/** The gateway's page: its head, and the view that is chosen. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { Help, HelpButton } from "../parts/help.js";
import { count } from "../parts/words.js";
import { ConnectorsView } from "./connectors/connectors-view.js";
import { Curls } from "./copy.js";
import { FaultsView } from "./faults/faults-view.js";
import { changedFaults } from "./faults/known-faults.js";
import { keys, onKey } from "./keyboard.js";
import { NoticeLine } from "./notice.js";
import { connectedCount, faults, link, type View, view, waiting } from "./state.js";
import { listen } from "./stream.js";
import { TokensView } from "./tokens/tokens-view.js";

const views: readonly (readonly [View, string, () => number])[] = [
  ["connectors", "Connectors", () => waiting.value.length],
  ["faults", "Faults", () => changedFaults(faults.value).length],
  ["tokens", "Tokens", () => 0],
];

const linkWords = { connecting: "connecting…", live: "live", lost: "connection lost, trying again…" };

function Head() {
  return (
    <header>
      <h1>Mooring gateway</h1>
      <nav aria-label="Views">
        {views.map(([name, words, many]) => (
          <button
            key={name}
            type="button"
            aria-current={view.value === name ? "page" : undefined}
            onClick={() => {
              view.value = name;
            }}
          >
            {words}
            {many() > 0 && <span class="badge">{many()}</span>}
          </button>
        ))}
      </nav>
      <p class="summary" role="status">
        {count(connectedCount.value, "connector")} connected
        {waiting.value.length > 0 && `, ${waiting.value.length.toLocaleString("en")} to approve`}
      </p>
      <p class="link" data-state={link.value} role="status">
        {linkWords[link.value]}
      </p>
      <HelpButton />
    </header>
  );
}

const shown = { connectors: ConnectorsView, faults: FaultsView, tokens: TokensView };

function Page() {
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const Shown = shown[view.value];
  return (
    <>
      <Head />
      <Shown />
      <footer class="foot">
        <NoticeLine />
        <Curls />
      </footer>
      <Help keys={keys} />
    </>
  );
}

const asked = views.find(([name]) => location.hash === `#${name}`);
if (asked) view.value = asked[0];
// The cookie has taken the token's place: a link that is passed on or seen over a shoulder opens nothing.
effect(() => history.replaceState(null, "", `${location.pathname}#${view.value}`));
listen();
render(<Page />, document.body);

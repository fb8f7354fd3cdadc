/** What the gateway does wrong on purpose: at once, with the next ones, or for as long as it is switched on. */
import { useSignal } from "@preact/signals";
import { disturb, restart, setFaults } from "../ask.js";
import { CurlButton } from "../copy.js";
import { act, type NamedAction } from "../doing.js";
import { faults } from "../state.js";
import { FaultRow } from "./fault-row.js";
import { changedFaults, faultGroups, knownFaults, quietOf } from "./known-faults.js";

const ways = [
  ["cut", "Cut connections"],
  ["close", "End streams"],
  ["reset", "Reset streams"],
  ["goaway", "Ask back (GOAWAY)"],
] as const;

function AtOnce() {
  const seconds = useSignal("3");
  const disturbing: readonly NamedAction[] = ways.map(([how, name]) => ({ name, action: disturb(how) }));
  const restarting = () => ({
    name: `Be away for ${seconds.value || 0} s`,
    action: restart(Math.round(Number(seconds.value) * 1_000)),
  });
  return (
    <section class="panel" aria-label="At once">
      <h2>At once</h2>
      <div class="doing">
        {disturbing.map((one) => (
          <button key={one.name} type="button" onClick={() => void act(one, () => `${one.name}: done.`)}>
            {one.name}
          </button>
        ))}
      </div>
      <form
        class="doing"
        onSubmit={(event) => {
          event.preventDefault();
          void act(restarting(), () => `The gateway is away for ${seconds.value || 0} s.`);
        }}
      >
        <button type="submit">Be away</button>
        <label>
          for{" "}
          <input
            class="short"
            inputMode="decimal"
            autocomplete="off"
            value={seconds.value}
            onInput={({ currentTarget }) => {
              seconds.value = currentTarget.value;
            }}
          />{" "}
          s
        </label>
        <CurlButton about="what is done at once" of={() => [...disturbing, restarting()]} />
      </form>
    </section>
  );
}

function InForce() {
  const changed = changedFaults(faults.value);
  if (changed.length === 0) return null;
  const quieting = { name: "Set all back", action: setFaults(quietOf(changed)) };
  return (
    <section class="panel in-force" aria-label="In force">
      <h2>In force</h2>
      <ul>
        {changed.map((name) => (
          <li key={name}>
            <strong>{name}</strong> {String(faults.value?.[name])}
            <span class="faint"> · {knownFaults[name].words}</span>
          </li>
        ))}
      </ul>
      <div class="doing">
        <button type="button" class="main" onClick={() => void act(quieting, () => "All is quiet again.")}>
          Set all back
        </button>
        <CurlButton about="setting all back" of={() => [quieting]} />
      </div>
    </section>
  );
}

export function FaultPanel() {
  return (
    <div class="fault-panel">
      <InForce />
      <AtOnce />
      {faultGroups.map(([group, names], at) => (
        <details key={group} class="panel" open={at < 2}>
          <summary>{group}</summary>
          <ul>
            {names.map((name) => (
              <FaultRow key={name} name={name} />
            ))}
          </ul>
        </details>
      ))}
    </div>
  );
}

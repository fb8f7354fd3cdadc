/** All registrations: who waits, a list of any length, and the chosen one with what it can do. */
import { VirtualList } from "../../parts/virtual-list.js";
import { chosen, chosenKey, facts, listed, standing, words } from "../state.js";
import { Details } from "./details.js";
import { Pending } from "./pending.js";

function Row({ place }: { readonly place: number }) {
  const one = listed.value[place];
  if (!one) return null;
  const { tone, words: state } = standing(one);
  return (
    <span class="connector">
      <span class="dot" data-tone={tone} />
      <span class="connector-key">{one.key}</span>
      <span class="connector-state">{state}</span>
    </span>
  );
}

function Nothing() {
  return (
    <div class="nothing">
      <p>No connector has registered here yet. Point one at this gateway:</p>
      <pre>npx mooring run connectors.js --url {facts.value.url}</pre>
    </div>
  );
}

export function ConnectorsView() {
  const all = listed.value;
  const keyAt = (place: number): string => all[place]?.key ?? "";
  const one = chosen.value ?? (chosenKey.value === undefined ? all[0] : undefined);
  const choosePlace = (place: number) => {
    chosenKey.value = keyAt(place);
  };
  return (
    <main class="connectors">
      <div class="connector-list">
        <Pending />
        <input
          type="search"
          placeholder="Filter by name"
          aria-label="Filter connectors by name"
          value={words.value}
          onInput={({ currentTarget }) => {
            words.value = currentTarget.value;
          }}
        />
        <VirtualList
          label="Connectors"
          count={all.length}
          rowHeight={30}
          marked={all.findIndex(({ key }) => key === one?.key)}
          nameOf={keyAt}
          row={(place) => <Row place={place} />}
          onMark={choosePlace}
          onChoose={choosePlace}
        />
      </div>
      <div class="connector-details">{one ? <Details key={one.key} one={one} /> : <Nothing />}</div>
    </main>
  );
}

/** All registrations: how many stand where, what troubles them, and each in a line. */
import { useSignal } from "@preact/signals";
import { troubleSays } from "../../src/troubles/troubles.js";
import { choose, now, order, rows, source, wanted } from "../page-state.js";
import { VirtualList } from "../parts/virtual-list.js";
import { count } from "../parts/words.js";
import { FacetList } from "./facet-list.js";
import { FleetRow } from "./fleet-row.js";
import { everything, type Order, orders } from "./order.js";
import { Strays } from "./strays.js";
import { stripMs } from "./strip.js";

const rowHeight = 40;

function Controls() {
  const isNarrowed = JSON.stringify(wanted.value) !== JSON.stringify(everything);
  const { length } = rows.value;
  return (
    <div class="controls">
      <input
        id="search"
        type="search"
        placeholder="Search by name, state or cause"
        aria-label="Search by name, state or cause"
        value={wanted.value.words}
        onInput={({ currentTarget }) => {
          wanted.value = { ...wanted.value, words: currentTarget.value };
        }}
      />
      <label>
        <span>Order</span>
        <select
          value={order.value}
          onChange={({ currentTarget }) => {
            order.value =
              orders.find(([name]) => name === currentTarget.value)?.[0] ?? ("trouble" satisfies Order);
          }}
        >
          {orders.map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <p role="status" class="faint">
        {count(length, "registration")}
        {isNarrowed && ` of ${source.value.fleet.size.toLocaleString("en")}`}
      </p>
      {isNarrowed && (
        <button
          type="button"
          onClick={() => {
            wanted.value = everything;
          }}
        >
          Show all
        </button>
      )}
    </div>
  );
}

export function FleetView() {
  const marked = useSignal<string | undefined>(undefined);
  const all = rows.value;
  const { fleet } = source.value;
  const place = marked.value === undefined ? -1 : all.placeOf(marked.value);
  const keyAt = (at: number): string => all.at(at)?.key ?? "";
  return (
    <main class="fleet">
      <div class="facets">
        <FacetList title="Trouble" facet="trouble" tally={fleet.troubles} says={troubleSays} />
        <Strays />
        <FacetList title="State" facet="state" tally={fleet.tallies.state} />
        <FacetList title="Cause" facet="cause" tally={fleet.tallies.cause} />
        <FacetList title="Tenant" facet="tenant" tally={fleet.tallies.tenant} />
        <FacetList title="Type" facet="type" tally={fleet.tallies.type} />
      </div>
      <section class="fleet-list" aria-label="All registrations">
        <Controls />
        <div class="fleet-row fleet-head" aria-hidden="true">
          <span />
          <span class="fleet-key">Registration</span>
          <span class="fleet-state">State</span>
          <span class="fleet-age">For</span>
          <span class="fleet-cause">Cause</span>
          <span class="fleet-losses">Lost</span>
          <span class="fleet-errors">Errors</span>
          <span class="fleet-trip">Round trip</span>
          <span class="strip">Last {stripMs(now.value - fleet.begunAt) / 60_000} min</span>
        </div>
        <VirtualList
          label="Registrations"
          count={all.length}
          rowHeight={rowHeight}
          marked={place}
          nameOf={keyAt}
          row={(at) => {
            const row = all.at(at);
            return row && <FleetRow row={row} />;
          }}
          onMark={(at) => {
            marked.value = keyAt(at);
          }}
          onChoose={(at) => choose(keyAt(at))}
        />
      </section>
    </main>
  );
}

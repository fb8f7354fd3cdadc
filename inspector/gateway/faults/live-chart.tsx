/** The charts of a runtime, live, beside the faults: cause and effect are seen together. The page's server passes them on. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { ChartParts } from "../../chart/chart-view.js";
import {
  begin,
  choose as chooseChart,
  chosen as chosenChart,
  frame,
  hasDrawings,
  live,
} from "../../page-state.js";
import { chosenKey, inspector } from "../state.js";

async function show(address: string | null): Promise<string> {
  const headers = { "content-type": "application/json" };
  try {
    const init = { method: "POST", headers, body: JSON.stringify({ address }) };
    const response = await fetch("gateway/inspector", init);
    const answer = (await response.json()) as { readonly error?: { readonly message: string } };
    return answer.error?.message ?? "";
  } catch {
    return "mooring dev does not answer.";
  }
}

function AddressForm() {
  const problem = useSignal("");
  const submit = async (input: HTMLInputElement) => {
    const { value } = input;
    // It has a token, which stays out of the page.
    input.value = "";
    problem.value = await show(value.trim());
  };
  return (
    <form
      class="address"
      aria-label="Show a runtime's charts"
      onSubmit={(event) => {
        event.preventDefault();
        const input = event.currentTarget.querySelector("input");
        if (input) void submit(input);
      }}
    >
      <label for="inspector-address">The address that the runtime's --inspect has printed</label>
      <div class="doing">
        <input
          id="inspector-address"
          type="password"
          autocomplete="off"
          spellcheck={false}
          placeholder="http://127.0.0.1:…/?token=…"
          required
        />
        <button type="submit">Show its charts</button>
      </div>
      <p class="problem" role="status">
        {problem.value}
      </p>
    </form>
  );
}

function Invitation() {
  return (
    <div class="nothing">
      <h2>See what a fault does to a runtime</h2>
      <p>
        Start it with its inspector, as <code>npx mooring run connectors.js --inspect</code> does, and its
        charts are drawn here, live.
      </p>
      <AddressForm />
    </div>
  );
}

let isBegun = false;

/** What is chosen among the connectors is shown, if this runtime has it; or else its first. */
function useChosenChart(): void {
  useSignalEffect(() => {
    frame.value;
    const wanted = chosenKey.value;
    if (chosenChart.peek() !== undefined) return;
    const { rows } = live.fleet;
    const [first] = rows.keys();
    const key = wanted !== undefined && rows.has(wanted) ? wanted : first;
    if (key !== undefined) chooseChart(key);
  });
}

function Charts() {
  if (!isBegun) {
    isBegun = true;
    begin();
  }
  useChosenChart();
  return <div class="chart beside">{hasDrawings.value && <ChartParts />}</div>;
}

export function LiveChart() {
  const { state, address } = inspector.value;
  if (state === "none")
    return (
      <section class="live" aria-label="Charts">
        <Invitation />
      </section>
    );
  return (
    <section class="live" aria-label="Charts">
      <div class="live-head">
        <p data-tone={state === "live" ? "good" : "bad"}>
          <span class="dot" data-tone={state === "live" ? "good" : "bad"} /> Runtime at {address}
          {state === "lost" && " does not answer: what is drawn is of before"}
        </p>
        <button type="button" onClick={() => void show(null)}>
          Another runtime
        </button>
      </div>
      {state === "lost" && <AddressForm />}
      <Charts />
    </section>
  );
}

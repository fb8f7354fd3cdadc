/** Requests: those in flight, and a sample of those that were answered, each with its parts. */
import { useEffect } from "preact/hooks";
import { VirtualList } from "../parts/virtual-list.js";
import { count } from "../parts/words.js";
import { OpenList } from "./open-list.js";
import { PhaseTable } from "./phase-table.js";
import { totalOf } from "./phases.js";
import {
  chosenSpan,
  filter,
  isHeld,
  listedSpans,
  lookAtRequests,
  requestsLink,
  spanOrder,
  spans,
  told,
} from "./requests-state.js";
import { SpanDetails } from "./span-details.js";
import { SpanRow } from "./span-row.js";
import { anyRequest, type RequestFilter, type SpanOrder } from "./spans.js";

const rowHeight = 34;

const orders: readonly (readonly [SpanOrder, string])[] = [
  ["newest", "Newest first"],
  ["slowest", "Slowest first"],
];

const outcomes: readonly (readonly [RequestFilter["outcome"], string])[] = [
  ["any", "All outcomes"],
  ["failed", "Failed"],
  ["slow", "Slower than 500 ms"],
];

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [Value, string])[];
  readonly onChoose: (value: Value) => void;
}

function Choice<Value extends string>({ label, value, options, onChoose }: ChoiceProps<Value>) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={({ currentTarget }) => {
        const found = options.find(([name]) => name === currentTarget.value);
        if (found) onChoose(found[0]);
      }}
    >
      {options.map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </select>
  );
}

function RequestControls() {
  told.value;
  const wanted = filter.value;
  const tools = spans.tools().map((tool) => [tool, tool] as const);
  return (
    <div class="controls">
      <input
        type="search"
        placeholder="Registration"
        aria-label="Registration"
        value={wanted.registration}
        onInput={({ currentTarget }) => {
          filter.value = { ...wanted, registration: currentTarget.value };
        }}
      />
      <Choice
        label="Tool"
        value={wanted.tool}
        options={[["", "All tools"], ...tools]}
        onChoose={(tool) => {
          filter.value = { ...wanted, tool };
        }}
      />
      <Choice
        label="Outcome"
        value={wanted.outcome}
        options={outcomes}
        onChoose={(outcome) => {
          filter.value = { ...wanted, outcome };
        }}
      />
      <Choice
        label="Order"
        value={spanOrder.value}
        options={orders}
        onChoose={(order) => {
          spanOrder.value = order;
        }}
      />
      <button
        type="button"
        aria-pressed={isHeld.value}
        onClick={() => {
          isHeld.value = !isHeld.value;
        }}
      >
        Hold the list
      </button>
      {wanted !== anyRequest && (
        <button
          type="button"
          onClick={() => {
            filter.value = anyRequest;
          }}
        >
          Show all
        </button>
      )}
      <p role="status" class="faint">
        {count(listedSpans.value.length, "request")} listed
      </p>
    </div>
  );
}

function SpanList() {
  const all = listedSpans.value;
  const scale = all.reduce((most, span) => Math.max(most, totalOf(span)), 0.001);
  const place = all.findIndex(({ number }) => number === chosenSpan.value);
  const mark = (at: number): void => {
    chosenSpan.value = all[at]?.number;
  };
  return (
    <VirtualList
      label="Answered requests"
      count={all.length}
      rowHeight={rowHeight}
      marked={place}
      nameOf={(at) => all[at]?.requestId ?? ""}
      row={(at) => {
        const span = all[at];
        return span && <SpanRow span={span} scale={scale} />;
      }}
      onMark={mark}
      onChoose={mark}
    />
  );
}

const linkWords = {
  connecting: "Asking for requests…",
  lost: "The connection is lost; trying again…",
  none: "What is inspected here takes no requests, or they run in worker threads, whose requests are not shown.",
};

export function RequestsView() {
  useEffect(lookAtRequests, []);
  const { value } = requestsLink;
  told.value;
  return (
    <main class="requests">
      <div class="requests-side">
        <PhaseTable />
        <SpanDetails />
      </div>
      <div class="requests-list">
        {value !== "live" && (
          <p class="requests-link" role="status">
            {linkWords[value]}
          </p>
        )}
        <RequestControls />
        <OpenList />
        {listedSpans.value.length === 0 && (
          <p class="requests-none faint">
            {spans.size === 0
              ? "No request was answered since this view was opened."
              : "None of those that were answered is like that."}
          </p>
        )}
        <SpanList />
      </div>
    </main>
  );
}

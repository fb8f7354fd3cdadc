/** Who said what to whom, and when: lanes over time, of the past or of what is live. */
import { batch } from "@preact/signals";
import { choose, chosen, chosenTransition } from "../page-state.js";
import { VirtualList } from "../parts/virtual-list.js";
import { clock, count } from "../parts/words.js";
import { past, position, seekStep } from "../past/past-state.js";
import { lanes } from "./lanes.js";
import { Heads, MessageRow, wordsOf } from "./message-row.js";
import type { Said } from "./messages.js";
import {
  current,
  height,
  heights,
  isUnknown,
  messages,
  nameOf,
  picked,
  shownKey,
  wantedKey,
  zoomRows,
} from "./sequence-state.js";

/** A list cannot be longer than a browser can scroll. */
const most = 200_000;

function pick(said: Said): void {
  const { address, taken, step } = said;
  batch(() => {
    chosen.value = address;
    [chosenTransition.value] = taken;
  });
  if (step === undefined) picked.value = nameOf(said);
  else seekStep(() => step);
}

const titleOf = (said: Said | undefined): string =>
  said ? `${clock(said.at)} ${said.from} to ${said.to}: ${wordsOf(said)}` : "";

function Controls({ length }: { readonly length: number }) {
  const key = shownKey.value;
  return (
    <div class="controls">
      <input
        type="search"
        placeholder={past.value ? "Only a registration" : "Registration"}
        aria-label="Messages of a registration"
        value={wantedKey.value}
        onInput={({ currentTarget }) => {
          wantedKey.value = currentTarget.value;
        }}
      />
      <p role="status" class="faint">
        {isUnknown.value
          ? "No registration of that name"
          : `${count(length, "message")} of ${key ?? "all registrations"}`}
      </p>
      <div class="sequence-zoom" role="toolbar" aria-label="Size of the rows">
        <button
          type="button"
          title="Larger (+)"
          aria-label="Larger"
          disabled={height.value === heights.at(-1)}
          onClick={() => zoomRows(1)}
        >
          +
        </button>
        <button
          type="button"
          title="Smaller (-)"
          aria-label="Smaller"
          disabled={height.value === heights[0]}
          onClick={() => zoomRows(-1)}
        >
          −
        </button>
      </div>
      {!past.value && (
        <button
          type="button"
          aria-pressed={picked.value === undefined}
          onClick={() => {
            picked.value = undefined;
          }}
        >
          Follow the newest
        </button>
      )}
      <button
        type="button"
        disabled={chosen.value === undefined}
        onClick={() => {
          if (chosen.value !== undefined) choose(chosen.value);
        }}
      >
        Show in chart
      </button>
    </div>
  );
}

export function SequenceView() {
  const all = messages.value;
  const here = current.value;
  const hasKey = shownKey.value === undefined;
  // Of very many, those around the moment; the track leads to the others.
  const first = all.length <= most ? 0 : Math.min(all.length - most, Math.max(0, here - most / 2));
  const shown = Math.min(most, all.length);
  const step = past.value ? position.value.step : Number.POSITIVE_INFINITY;
  return (
    <main class="sequence">
      <Heads />
      <Controls length={all.length} />
      <div class="sequence-scroll">
        <div class={`sequence-lanes ${hasKey ? "with-key" : ""}`}>
          <div class="sequence-head" aria-hidden="true">
            <span class="message-time">Time</span>
            {hasKey && <span class="message-key">Registration</span>}
            <span class="lane-names">
              {lanes.map(([party, name]) => (
                <span key={party}>{name}</span>
              ))}
            </span>
          </div>
          <VirtualList
            label="Messages"
            count={shown}
            rowHeight={height.value}
            marked={here < 0 ? -1 : here - first}
            reveal={here < 0 ? undefined : here - first}
            nameOf={(place) => titleOf(all.at(first + place))}
            row={(place) => {
              const said = all.at(first + place);
              return (
                said && (
                  <MessageRow
                    said={said}
                    before={all.at(first + place - 1)}
                    height={height.value}
                    hasKey={hasKey}
                    isLater={(said.step ?? 0) > step}
                  />
                )
              );
            }}
            onMark={(place) => {
              const said = all.at(first + place);
              if (said) pick(said);
            }}
            onChoose={(place) => {
              const said = all.at(first + place);
              if (said) pick(said);
            }}
          />
        </div>
      </div>
    </main>
  );
}

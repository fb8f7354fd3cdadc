/** One message: from the lane of who sent it to the lane of who took it. */

import { unlessUnchanged } from "../parts/unchanged.js";
import { clock, duration, spoken } from "../parts/words.js";
import { lanes, placeOf } from "./lanes.js";
import type { Said } from "./messages.js";
import { legible } from "./sequence-state.js";

/** A pause that is worth a word, in ms. */
const pauseMs = 1_000;

export function wordsOf({ kind, event }: Said): string {
  if (kind === "start") return `start ${event}`;
  return kind === "stop" ? `stop ${event}` : spoken(event);
}

function Arrow({ said, height }: { readonly said: Said; readonly height: number }) {
  const [from, to] = [placeOf(said.from), placeOf(said.to)];
  const middle = height - Math.min(6, height / 3);
  const isSelf = from === to;
  return (
    <>
      {isSelf ? (
        <circle class="self" cx={`${from}%`} cy={middle - 1} r={Math.min(4, height / 3)} />
      ) : (
        <line
          class="way"
          x1={`${from}%`}
          x2={`${to}%`}
          y1={middle}
          y2={middle}
          marker-end={said.kind === "dead" ? "url(#said-dead)" : "url(#said)"}
        />
      )}
      {height >= legible && (
        <text
          x={`${isSelf ? from : (from + to) / 2}%`}
          dx={isSelf ? 8 : 0}
          y={middle - 4}
          text-anchor={isSelf ? "start" : "middle"}
        >
          {said.kind === "dead" ? `${wordsOf(said)}: not taken` : wordsOf(said)}
        </text>
      )}
    </>
  );
}

/** The heads of the arrows, for all rows. */
export function Heads() {
  return (
    <svg class="hidden" aria-hidden="true">
      <defs>
        {["said", "said-dead"].map((kind) => (
          <marker
            key={kind}
            id={kind}
            viewBox="0 0 8 8"
            refX="8"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path class={kind} d="M0 0L8 4L0 8z" />
          </marker>
        ))}
      </defs>
    </svg>
  );
}

interface Props {
  readonly said: Said;
  readonly before: Said | undefined;
  readonly height: number;
  readonly hasKey: boolean;
  readonly isLater: boolean;
}

function Row({ said, before, height, hasKey, isLater }: Props) {
  const pause = before ? said.at - before.at : 0;
  const hasWords = height >= legible;
  return (
    <span
      class={`message ${isLater ? "later" : ""}`}
      data-kind={said.kind}
      data-from={said.from}
      data-to={said.to}
    >
      <span class="message-time">
        {hasWords && (pause >= pauseMs ? `+${duration(pause)}` : clock(said.at))}
      </span>
      {hasKey && <span class="message-key">{hasWords && said.key}</span>}
      <svg class="message-way" height={height} aria-hidden="true">
        {lanes.map(([party]) => (
          <line
            key={party}
            class="lane"
            x1={`${placeOf(party)}%`}
            x2={`${placeOf(party)}%`}
            y1={0}
            y2={height}
          />
        ))}
        <Arrow said={said} height={height} />
      </svg>
    </span>
  );
}

export const MessageRow = unlessUnchanged(Row);

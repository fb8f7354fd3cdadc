/** A registration in a line. */
import { frame, now, source } from "../page-state.js";
import { age, duration } from "../parts/words.js";
import { type Row, roundTripOf, shortState, standsSince } from "./row.js";
import { Strip, stripMs } from "./strip.js";

/** The cause with all that is told of it, plain words first, as the end is cut off; empty: nothing went wrong, or it is over. */
function whyOf({ tone, cause, code, detail }: Row): string {
  if (tone === "good") return cause === "none" ? "" : cause;
  const named = [cause === "none" ? "" : cause, code && `(${code})`].filter(Boolean).join(" ");
  return [detail, named].filter(Boolean).join(" – ");
}

const ageSince = (at: number | undefined): string => (at === undefined ? "–" : age(now.value - at));

/** How long its state has lasted, which in an outage is only the last try. */
function agesOf(row: Row): string {
  const inState = `In ${row.state} for ${ageSince(row.since)}`;
  return row.tone === "good" || row.notServingSince === undefined
    ? inState
    : `Has not served for ${ageSince(row.notServingSince)}. ${inState}`;
}

export function FleetRow({ row }: { readonly row: Row }) {
  frame.value;
  const { key, state, tone, losses, troubles, stretches, figures } = row;
  const { failed = 0 } = figures ?? {};
  const roundTripMs = roundTripOf(row);
  const why = whyOf(row);
  return (
    <span class="fleet-row" data-tone={tone}>
      <span class="dot" data-tone={tone} />
      <span class="fleet-key">
        <span class="fleet-name" title={key}>
          {key}
        </span>
        {troubles.map((trouble) => (
          <span key={trouble} class="trouble">
            {trouble}
          </span>
        ))}
      </span>
      <span class="fleet-state" title={state}>
        {shortState(state)}
      </span>
      <span class="fleet-age" title={agesOf(row)}>
        {ageSince(standsSince(row))}
      </span>
      <span class="fleet-cause" title={why}>
        {why}
      </span>
      <span class="fleet-losses">{losses === 0 ? "" : `${losses}×`}</span>
      <span class="fleet-errors">{failed === 0 ? "" : failed.toLocaleString("en")}</span>
      <span class="fleet-trip">{roundTripMs === undefined ? "" : duration(roundTripMs)}</span>
      <Strip stretches={stretches} until={now.value} ms={stripMs(now.value - source.value.fleet.begunAt)} />
    </span>
  );
}

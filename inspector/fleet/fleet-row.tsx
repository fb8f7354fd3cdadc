/** A registration in a line. */
import { frame, now, source } from "../page-state.js";
import { age, duration } from "../parts/words.js";
import { type Row, shortState } from "./row.js";
import { Strip, stripMs } from "./strip.js";

export function FleetRow({ row }: { readonly row: Row }) {
  frame.value;
  const { key, state, tone, cause, since, losses, troubles, stretches, figures } = row;
  const { failed = 0, roundTripMs } = figures ?? {};
  return (
    <span class="fleet-row" data-tone={tone}>
      <span class="dot" data-tone={tone} />
      <span class="fleet-key">
        {key}
        {troubles.map((trouble) => (
          <span key={trouble} class="trouble">
            {trouble}
          </span>
        ))}
      </span>
      <span class="fleet-state" title={state}>
        {shortState(state)}
      </span>
      <span class="fleet-age">{since === undefined ? "–" : age(now.value - since)}</span>
      <span class="fleet-cause">{cause === "none" ? "" : cause}</span>
      <span class="fleet-losses">{losses === 0 ? "" : `${losses}×`}</span>
      <span class="fleet-errors">{failed === 0 ? "" : failed.toLocaleString("en")}</span>
      <span class="fleet-trip">{roundTripMs === undefined ? "" : duration(roundTripMs)}</span>
      <Strip stretches={stretches} until={now.value} ms={stripMs(now.value - source.value.fleet.begunAt)} />
    </span>
  );
}

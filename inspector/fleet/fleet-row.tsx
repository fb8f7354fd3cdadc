/** A registration in a line. */
import { frame, now, source } from "../page-state.js";
import { age, duration } from "../parts/words.js";
import { type Row, shortState } from "./row.js";
import { Strip, stripMs } from "./strip.js";

export function FleetRow({ row }: { readonly row: Row }) {
  frame.value;
  const { fleet } = source.value;
  const { key, place, state, tone, cause, since, losses, troubles, figures } = row;
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
      <span class="fleet-errors">{figures.failed === 0 ? "" : figures.failed.toLocaleString("en")}</span>
      <span class="fleet-trip">{figures.roundTripMs === undefined ? "" : duration(figures.roundTripMs)}</span>
      <Strip stretches={fleet.strips.of(place)} until={now.value} ms={stripMs(now.value - fleet.begunAt)} />
    </span>
  );
}

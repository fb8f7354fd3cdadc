/** The whole recording as a line: how much happened when, where something went wrong, where one is, what is pinned. */
import { clock, duration } from "../parts/words.js";
import { barHeight, bars, densityOf } from "./density.js";
import { type Past, position, seekTime } from "./past-state.js";
import { pinned } from "./pins.js";

/** Steps of the slider, for assistive technology; the page moves by time. */
const whole = 100_000;

export function Track({ opened }: { readonly opened: Past }) {
  const { events, faults } = densityOf(opened);
  const { from, to } = opened;
  const span = Math.max(1, to - from);
  const { at } = position.value;
  const placeOf = (time: number): number => ((time - from) / span) * bars;
  return (
    <div class="track">
      <svg viewBox={`0 0 ${bars} ${barHeight}`} preserveAspectRatio="none" aria-hidden="true">
        <path class="events" d={events} />
        <rect class="gone" width={Math.max(0, placeOf(at))} height={barHeight} />
        <path class="faults" d={faults} />
        {pinned.value.map((one) => (
          <rect key={one.step} class="pin" x={placeOf(one.at) - 0.5} width={1.2} height={barHeight} />
        ))}
      </svg>
      <input
        type="range"
        min={0}
        max={whole}
        step={1}
        aria-label="Moment of the recording"
        aria-valuetext={`${clock(at)}, ${duration(at - from)} after its beginning`}
        value={Math.round(((at - from) / span) * whole)}
        onInput={({ currentTarget }) => seekTime(from + (Number(currentTarget.value) / whole) * span)}
      />
    </div>
  );
}

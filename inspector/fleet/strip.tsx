/** How a registration fared over the last minutes, as a strip of colours. */
import type { Tone } from "../../src/troubles/tone.js";
import type { Stretch } from "./row.js";

const minute = 60_000;
const lengths = [1, 2, 5, 10].map((minutes) => minutes * minute);

/** As long as there is something to tell of, up to ten minutes. */
export const stripMs = (toldMs: number): number => lengths.find((ms) => toldMs <= ms) ?? 10 * minute;

const width = 160;

interface Props {
  readonly stretches: readonly Stretch[];
  readonly until: number;
  readonly ms: number;
}

/** The stretches of each tone as one path: thousands of elements would take longer than a frame. */
function pathsOf({ stretches, until, ms }: Props): ReadonlyMap<Tone, string> {
  const place = (at: number): number => Math.max(0, ((at - until + ms) / ms) * width);
  const paths = new Map<Tone, string>();
  for (const [number, { at, tone }] of stretches.entries()) {
    const [from, to] = [place(at), place(stretches[number + 1]?.at ?? until)];
    if (to <= 0) continue;
    // What was short is still to be seen.
    const long = Math.max(1.5, to - from);
    const left = Math.min(from, width - long);
    paths.set(
      tone,
      `${paths.get(tone) ?? ""}M${left.toFixed(1)} 0h${long.toFixed(1)}v12h${(-long).toFixed(1)}z`,
    );
  }
  return paths;
}

export function Strip(props: Props) {
  return (
    <svg class="strip" viewBox={`0 0 ${width} 12`} preserveAspectRatio="none" aria-hidden="true">
      {[...pathsOf(props)].map(([tone, path]) => (
        <path key={tone} data-tone={tone} d={path} />
      ))}
    </svg>
  );
}

/** How a registration fared over the last minutes, as a strip of colours. */
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

export function Strip({ stretches, until, ms }: Props) {
  const place = (at: number): number => Math.max(0, ((at - until + ms) / ms) * width);
  return (
    <svg class="strip" viewBox={`0 0 ${width} 12`} preserveAspectRatio="none" aria-hidden="true">
      {stretches.map(({ at, tone }, number) => {
        const end = stretches[number + 1]?.at ?? until;
        const [from, to] = [place(at), place(end)];
        // What was short is still to be seen.
        const long = Math.max(1.5, to - from);
        return (
          to > 0 && (
            <rect key={at} x={Math.min(from, width - long)} y="0" width={long} height="12" data-tone={tone} />
          )
        );
      })}
    </svg>
  );
}

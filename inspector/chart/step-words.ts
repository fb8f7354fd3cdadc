/** What belongs to a step beside its event, in words. */
import { spoken } from "../parts/words.js";
import type { LookedStep } from "../source.js";

/** The state did not take the event: a dead letter. */
export const isDead = ({ sent = [] }: LookedStep): boolean =>
  sent.some((output) => "emits" in output && output.emits.type === "unexpected");

/** Who sent it to whom; undefined: nobody knows. */
export function wayOf({ from }: LookedStep, chart: string | undefined): string | undefined {
  if (from === undefined) return undefined;
  return from === chart ? "its own timer" : `${from} to ${chart}`;
}

/** The same guard is often asked in several places: each answer once. */
export const guardsOf = ({ asked = [] }: LookedStep): readonly (readonly [string, boolean])[] => [
  ...new Map(asked.map(([guard, said]) => [`${guard} ${said}`, [guard, said] as const])).values(),
];

const typeOf = (event: { readonly type?: unknown }): string => spoken(String(event.type));

/** `sends register to stream`, `starts opening`, `stops stream`; what is told to listeners stands elsewhere. */
export const sentBy = ({ sent = [] }: LookedStep): string =>
  sent
    .flatMap((output) => {
      if ("to" in output) return [`sends ${typeOf(output.event)} to ${output.to}`];
      if ("starts" in output) return [`starts ${output.starts}`];
      return "stops" in output ? [`stops ${output.stops}`] : [];
    })
    .join(", ");

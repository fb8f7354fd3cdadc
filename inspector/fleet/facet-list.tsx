/** The values of a facet with their counts; a click narrows the list to one of them, another widens it again. */
import { frame, wanted } from "../page-state.js";
import type { Tallied } from "../source.js";
import type { Wanted } from "./order.js";
import { shortState } from "./row.js";

interface Props {
  readonly title: string;
  readonly facet: Exclude<keyof Wanted, "words">;
  readonly tally: Tallied;
  readonly says?: ReadonlyMap<string, string>;
}

/** More values than a person compares; the search finds the rest. */
const most = 12;

export function FacetList({ title, facet, tally, says }: Props) {
  frame.value;
  const entries = tally.entries();
  const chosen = wanted.value[facet];
  const toggle = (value: string): void => {
    wanted.value = { ...wanted.value, [facet]: chosen === value ? null : value };
  };
  if (entries.length === 0 && chosen === null) return null;
  const shown = entries.slice(0, most);
  const rest = entries.slice(most).reduce((sum, [, many]) => sum + many, 0);
  return (
    <section class="facet" aria-label={title} data-facet={facet}>
      <h2>{title}</h2>
      <ul>
        {shown.map(([value, many]) => (
          <li key={value}>
            <button
              type="button"
              aria-pressed={chosen === value}
              title={says?.get(value)}
              onClick={() => toggle(value)}
            >
              <span class="facet-value">{facet === "state" ? shortState(value) : value}</span>
              <span class="facet-count">{many.toLocaleString("en")}</span>
            </button>
          </li>
        ))}
        {chosen !== null && !shown.some(([value]) => value === chosen) && (
          <li>
            <button type="button" aria-pressed={true} onClick={() => toggle(chosen)}>
              <span class="facet-value">{chosen}</span>
              <span class="facet-count">{entries.find(([value]) => value === chosen)?.[1] ?? 0}</span>
            </button>
          </li>
        )}
      </ul>
      {rest > 0 && (
        <p class="faint">
          {rest.toLocaleString("en")} with {(entries.length - most).toLocaleString("en")} other values
        </p>
      )}
    </section>
  );
}

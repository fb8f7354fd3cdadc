/** Dead letters: the newest events that a state did not take, of whichever registration. */
import { choose, frame, source } from "../page-state.js";
import { clock, spoken } from "../parts/words.js";

const shown = 5;

export function Strays() {
  frame.value;
  const { strays = [] } = source.value.fleet;
  if (strays.length === 0) return null;
  return (
    <section class="facet strays" aria-label="Dead letters">
      <h2>Dead letters</h2>
      <ul>
        {strays
          .slice(-shown)
          .reverse()
          .map(({ key, at, event, origin, stale }) => (
            <li key={`${key} ${at} ${event}`}>
              <button type="button" title={key} onClick={() => choose(key)}>
                <span class="facet-value">
                  {spoken(event)}
                  <span class="faint">
                    {" "}
                    {stale
                      ? "of an earlier stream"
                      : origin === "own"
                        ? "by Mooring itself"
                        : "by the gateway"}
                    , {key}
                  </span>
                </span>
                <span class="facet-count">{clock(at)}</span>
              </button>
            </li>
          ))}
      </ul>
    </section>
  );
}

/** What differs between the two pinned moments: who moved, and what the chosen actor's states and context became. */
import { choose } from "../page-state.js";
import { count } from "../parts/words.js";
import { seekTime } from "./past-state.js";
import { difference, pinned } from "./pins.js";
import { moment } from "./words.js";

/** More nobody reads; the number stands there. */
const most = 100;

function When({ at }: { readonly at: number }) {
  return (
    <button type="button" title="Go to this moment" onClick={() => seekTime(at)}>
      <time>{moment(at)}</time>
    </button>
  );
}

export function Differences() {
  const { value } = difference;
  if (!value) return null;
  const { from, to, moved, address, fields } = value;
  return (
    <section class="differences" aria-label="What differs">
      <div class="differences-head">
        <h2>What differs</h2>
        <p>
          <When at={from.at} /> to <When at={to.at} />
        </p>
        <button
          type="button"
          onClick={() => {
            pinned.value = [];
          }}
        >
          Unpin
        </button>
      </div>
      <div class="differences-lists">
        <div>
          <h3>{count(moved.length, "registration")} moved</h3>
          <ul class="plain">
            {moved.slice(0, most).map((one) => (
              <li key={one.key}>
                <button type="button" class="moved" onClick={() => choose(one.key)}>
                  <span class="dot" data-tone={one.tone} />
                  <span>{one.key}</span>
                  <span class="faint">
                    {one.from}, then {one.to}
                  </span>
                </button>
              </li>
            ))}
          </ul>
          {moved.length > most && <p class="faint">and {count(moved.length - most, "other")}</p>}
        </div>
        {address !== undefined && (
          <div>
            <h3>{address}</h3>
            {fields.length === 0 && <p class="faint">The same.</p>}
            <dl class="facts">
              {fields.map(([name, before, after]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    {before}, then {after}
                  </dd>
                </div>
              ))}
            </dl>
          </div>
        )}
      </div>
    </section>
  );
}

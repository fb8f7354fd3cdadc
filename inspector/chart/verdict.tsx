/** How a registration stands, in a few words above its chart: state, since when, why, and what to do. */
import { remedyFor } from "../../src/troubles/remedies.js";
import { troubleSays } from "../../src/troubles/troubles.js";
import type { StatusTold } from "../feed/told.js";
import { type Row, standsSince } from "../fleet/row.js";
import { frame, now, source, status } from "../page-state.js";
import { age, clock } from "../parts/words.js";
import type { LookedActor } from "../source.js";

/** Without `explain`, as in a recording, the table of troubles has the words. */
function troubleLines({ troubles }: Row): readonly string[] {
  const [worst] = troubles;
  if (worst === undefined) return [];
  return [`${worst}: ${troubleSays.get(worst) ?? ""}.`, `What to do: ${remedyFor(worst)}`];
}

const causeLines = ({ cause, code }: Row): readonly string[] =>
  cause === "none" ? [] : [`Cause: ${cause}${code === "" ? "" : ` (${code})`}`];

/** What `explain` says comes first; of who serves it does not say what to do. */
function linesOf(row: Row, told: StatusTold | undefined): readonly string[] {
  const { reasons = [] } = told ?? {};
  if (row.tone === "good") return [...reasons, ...troubleLines(row)];
  return reasons.length > 0 ? reasons : [...causeLines(row), ...troubleLines(row)];
}

const firstWords = /^[^:]{1,40}:/;

/** `What to do:` and the like stand out. */
function Line({ text }: { readonly text: string }) {
  const [label = ""] = firstWords.exec(text) ?? [];
  return (
    <p>
      <strong>{label}</strong>
      {text.slice(label.length)}
    </p>
  );
}

export function Verdict({ actor }: { readonly actor: LookedActor }) {
  frame.value;
  const [key = ""] = actor.address.split("/");
  const row = source.value.fleet.row(key);
  if (!row || row.state === "") return null;
  const told = status.value?.key === key ? status.value : undefined;
  const since = standsSince(row);
  const isOut = row.tone !== "good" && row.notServingSince !== undefined;
  return (
    <section class="verdict" data-tone={row.tone} aria-label="In short">
      <p class="verdict-state">
        <span class="dot" data-tone={row.tone} />
        <strong>{row.state}</strong>
        {since !== undefined && (
          <span>
            {isOut ? "has not served" : ""} for {age(now.value - since)}, since {clock(since)}
          </span>
        )}
      </p>
      {linesOf(row, told).map((text) => (
        <Line key={text} text={text} />
      ))}
    </section>
  );
}

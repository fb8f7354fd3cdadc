/** What happened at the gateway, the newest first: what a fault did, seen from this side. */
import { useSignal } from "@preact/signals";
import { VirtualList } from "../../parts/virtual-list.js";
import { clock } from "../../parts/words.js";
import { journal } from "../state.js";

export function JournalList() {
  const marked = useSignal(-1);
  const newest = [...journal.value].reverse();
  return (
    <section class="journal" aria-label="At the gateway">
      <h2>At the gateway</h2>
      {newest.length === 0 && <p class="faint">Nothing has happened yet.</p>}
      <VirtualList
        label="At the gateway, newest first"
        count={newest.length}
        rowHeight={26}
        marked={marked.value}
        nameOf={(place) => newest[place]?.words ?? ""}
        row={(place) => {
          const entry = newest[place];
          return (
            entry && (
              <span class="entry" title={`${entry.key ?? ""} ${entry.words}`}>
                <span class="dot" data-tone={entry.tone} />
                <span class="faint">{clock(entry.at)}</span>
                {entry.key !== null && <span class="entry-key">{entry.key}</span>}
                <span class="entry-words">{entry.words}</span>
              </span>
            )
          );
        }}
        onMark={(place) => {
          marked.value = place;
        }}
        onChoose={(place) => {
          marked.value = place;
        }}
      />
    </section>
  );
}

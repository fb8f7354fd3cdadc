/** Supervisor, partitions, registrations, and what the chosen registration runs. */
import { useComputed, useSignal } from "@preact/signals";
import { choose, chosen, frame, population, source } from "../page-state.js";
import { VirtualList } from "../parts/virtual-list.js";
import type { LookedActor } from "../source.js";

interface Place {
  readonly actor: LookedActor;
  readonly level: number;
}

const registrationOf = (address: string | undefined): string | undefined => address?.split("/")[0];

function below(actor: LookedActor, level: number, open: string | undefined, words: string): readonly Place[] {
  const inside = source.value.actors.childrenOf(actor);
  if (actor.machine === "registration") {
    const isShown = actor.address.toLowerCase().includes(words);
    const parts = actor.address === open ? inside.map((child) => ({ actor: child, level: level + 1 })) : [];
    return isShown ? [{ actor, level }, ...parts] : [];
  }
  const found = inside
    .filter(({ machine }) => machine !== undefined)
    .flatMap((child) => below(child, level + 1, open, words));
  return words !== "" && found.length === 0 && level > 0 ? [] : [{ actor, level }, ...found];
}

function Line({ actor, level }: Place) {
  frame.value;
  const row = actor.machine === "registration" ? source.value.fleet.row(actor.address) : undefined;
  const shortName = level > 2 ? actor.name : actor.address;
  return (
    <span class="actor" data-level={level}>
      {row && <span class="dot" data-tone={row.tone} />}
      <span class="actor-name">{shortName}</span>
      <span class="actor-state">{row?.state.split(".").at(-1) ?? ""}</span>
    </span>
  );
}

export function ActorTree() {
  const words = useSignal("");
  /** What the chosen registration runs: it changes more often than the rest. */
  const inside = useComputed(() => {
    frame.value;
    const { actors } = source.value;
    const open = actors.at(registrationOf(chosen.value) ?? "");
    return open
      ? actors
          .childrenOf(open)
          .map(({ id }) => id)
          .join()
      : "";
  });
  const places = useComputed(() => {
    population.value;
    inside.value;
    const open = registrationOf(chosen.value);
    return source.value.actors
      .roots()
      .flatMap((root) => below(root, 0, open, words.value.trim().toLowerCase()));
  });
  const all = places.value;
  const addressAt = (at: number): string => all[at]?.actor.address ?? "";
  return (
    <nav class="actors" aria-label="Actors">
      <input
        type="search"
        placeholder="Filter by name"
        aria-label="Filter actors by name"
        value={words.value}
        onInput={({ currentTarget }) => {
          words.value = currentTarget.value;
        }}
      />
      <VirtualList
        label="Actors"
        count={all.length}
        rowHeight={26}
        marked={all.findIndex(({ actor }) => actor.address === chosen.value)}
        nameOf={addressAt}
        row={(at) => {
          const place = all[at];
          return place && <Line {...place} />;
        }}
        onMark={(at) => choose(addressAt(at))}
        onChoose={(at) => choose(addressAt(at))}
      />
    </nav>
  );
}

/** Supervisor, partitions, registrations, and what the chosen registration runs. */
import { useComputed, useSignal } from "@preact/signals";
import { isHost, registrationIn, type SeenActor } from "../feed/actors.js";
import type { Row } from "../fleet/row.js";
import { choose, chosen, frame, population, source } from "../page-state.js";
import { VirtualList } from "../parts/virtual-list.js";
import type { Source } from "../source.js";

interface Place {
  readonly address: string;
  readonly name: string;
  readonly level: number;
  /** Of a registration. */
  readonly row?: Row;
}

function rowsByHost({ fleet }: Source): ReadonlyMap<string | undefined, readonly Row[]> {
  const found = new Map<string | undefined, Row[]>();
  for (const row of fleet.rows.values()) {
    const rows = found.get(row.partition);
    if (rows) rows.push(row);
    else found.set(row.partition, [row]);
  }
  return found;
}

/** A registration, and below the open one what it runs. */
function placesOf(row: Row, level: number, { actors }: Source, open: string | undefined): readonly Place[] {
  const { key } = row;
  const own: Place = { address: key, name: key, level, row };
  const actor = key === open ? actors.at(key) : undefined;
  const parts = actor ? actors.childrenOf(actor) : [];
  return [own, ...parts.map(({ address, name }) => ({ address, name, level: level + 1 }))];
}

function hostsByParent({ actors }: Source): ReadonlyMap<string | undefined, readonly SeenActor[]> {
  const found = new Map<string | undefined, SeenActor[]>();
  for (const actor of actors.all()) {
    if (!isHost(actor)) continue;
    const hosts = found.get(actor.parentId);
    if (hosts) hosts.push(actor);
    else found.set(actor.parentId, [actor]);
  }
  return found;
}

function placesIn(shown: Source, open: string | undefined, words: string): readonly Place[] {
  const rows = rowsByHost(shown);
  const hosts = hostsByParent(shown);
  const hosted = (host: string | undefined, level: number): readonly Place[] =>
    (rows.get(host) ?? [])
      .filter(({ key }) => key.toLowerCase().includes(words))
      .flatMap((row) => placesOf(row, level, shown, open));
  const below = (parentId: string | undefined, level: number): readonly Place[] =>
    (hosts.get(parentId) ?? []).flatMap(({ id, address, name }) => {
      const inside = [...below(id, level + 1), ...hosted(id, level + 1)];
      return words !== "" && inside.length === 0 && level > 0 ? [] : [{ address, name, level }, ...inside];
    });
  // Who is not hosted, such as one that waits for its turn, comes last.
  const homeless = [...rows.keys()].filter((host) => shown.actors.get(host) === undefined);
  return [...below(undefined, 0), ...homeless.flatMap((host) => hosted(host, 1))];
}

function Line({ name, level, row }: Place) {
  frame.value;
  return (
    <span class="actor" data-level={level}>
      {row && <span class="dot" data-tone={row.tone} />}
      <span class="actor-name">{name}</span>
      <span class="actor-state">{row?.state.split(".").at(-1) ?? ""}</span>
    </span>
  );
}

export function ActorTree() {
  const words = useSignal("");
  const places = useComputed(() => {
    population.value;
    const open = chosen.value === undefined ? undefined : registrationIn(chosen.value);
    return placesIn(source.value, open, words.value.trim().toLowerCase());
  });
  const all = places.value;
  const addressAt = (at: number): string => all[at]?.address ?? "";
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
        marked={all.findIndex(({ address }) => address === chosen.value)}
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

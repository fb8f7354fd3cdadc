/**
 * All registrations of a recording as they stood at one moment: numbers, counted and ordered within a part of a frame,
 * and made into rows when they are seen.
 */
import { flappingMs, lossesKept, troubleRank } from "../../src/troubles/troubles.js";
import type { Facet } from "../fleet/fleet.js";
import type { Order, Wanted } from "../fleet/order.js";
import { type Row, stretchesKept } from "../fleet/row.js";
import { Tally } from "../fleet/tally.js";
import type { FleetSeen, RowList } from "../source.js";
import { Names, upTo } from "./column.js";
import type { Loaded } from "./intake.js";
import { orderedBy } from "./past-order.js";
import type { Standing } from "./standings.js";

/** A facet that a registration never changes: the number of its value for each. */
class Fixed {
  readonly names = new Names();
  readonly of: Int32Array;
  readonly counts: Int32Array;

  constructor(values: readonly string[]) {
    this.of = Int32Array.from(values, (value) => this.names.numberOf(value));
    this.counts = new Int32Array(this.names.size);
  }

  tell(tally: Tally): void {
    for (const [number, many] of this.counts.entries()) if (many > 0) tally.add(this.names.at(number), many);
  }
}

export class PastFleet implements FleetSeen {
  readonly begunAt: number;
  size = 0;
  ready = 0;
  /** Registrations that the recording does not know yet, because their steps were not kept. */
  unknown = 0;
  readonly tallies: Readonly<Record<Facet, Tally>>;
  readonly troubles = new Tally();
  readonly #loaded: Loaded;
  readonly #tenants: Fixed;
  readonly #types: Fixed;
  /** Registrations in the order of their keys. */
  readonly #byName: Int32Array;
  /** Of each registration now: the number of its standing, -1 for one that is not there, and of its list of troubles. */
  readonly #standing: Int32Array;
  readonly #troubles: Int32Array;
  #now = 0;

  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    const { store } = loaded;
    this.tallies = { state: new Tally(), cause: new Tally(), tenant: new Tally(), type: new Tally() };
    this.begunAt = store.length > 0 ? store.clock.at(0) : store.header.startedAt;
    this.#tenants = new Fixed(store.slots.map(({ key }) => key.split(".")[0] ?? ""));
    this.#types = new Fixed(store.slots.map(({ key }) => key.split(".")[1] ?? ""));
    const keyOf = (slot: number): string => store.slots[slot]?.key ?? "";
    this.#byName = Int32Array.from(store.slots.keys()).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    this.#standing = new Int32Array(store.slots.length).fill(-1);
    this.#troubles = new Int32Array(store.slots.length);
  }

  moveTo(step: number, now: number): void {
    this.#loaded.fleetAt.seek(step);
    this.#now = now;
    this.#look();
    this.#count();
  }

  row(key: string): Row | undefined {
    const slot = this.#loaded.store.slotOf(key);
    return slot === undefined ? undefined : this.#rowOf(slot);
  }

  list(wanted: Wanted, order: Order): RowList {
    const { slots } = this.#loaded.store;
    const fits = this.#filter(wanted);
    const rows = {
      length: 0,
      name: new Int32Array(slots.length),
      trouble: new Uint8Array(slots.length),
      good: new Uint8Array(slots.length),
      since: new Float64Array(slots.length),
      losses: new Int32Array(slots.length),
    };
    for (let name = 0; name < slots.length; name += 1) {
      const slot = this.#byName[name] ?? 0;
      const standing = this.#standingOf(slot);
      if (!standing || !fits(slot, standing)) continue;
      const isGood = standing.tone === "good";
      rows.name[rows.length] = name;
      rows.trouble[rows.length] = troubleRank(this.#troublesOf(slot), isGood);
      rows.good[rows.length] = isGood ? 1 : 0;
      rows.since[rows.length] = this.#sinceOf(slot);
      rows.losses[rows.length] = this.#lossesOf(slot);
      rows.length += 1;
    }
    const names = orderedBy(order, { ...rows, length: rows.length });
    const slotAt = (place: number): number => this.#byName[names[place] ?? -1] ?? -1;
    return {
      length: rows.length,
      at: (place) => this.#rowOf(slotAt(place)),
      placeOf: (key) => names.findIndex((_, place) => slots[slotAt(place)]?.key === key),
    };
  }

  #standingOf(slot: number): Standing | undefined {
    return this.#loaded.standings.at(this.#standing[slot] ?? -1);
  }

  #look(): void {
    const { fleetAt, standings } = this.#loaded;
    for (let slot = 0; slot < this.#standing.length; slot += 1) {
      const last = fleetAt.last[slot] ?? -1;
      const number = (last < 0 ? standings.first[slot] : standings.of[last]) ?? -1;
      const standing = standings.at(number);
      this.#standing[slot] = standing && !standing.isGone ? number : -1;
      if (!standing) continue;
      const since = this.#sinceOf(slot);
      const forMs = Number.isNaN(since) ? 0 : this.#now - since;
      this.#troubles[slot] = standings.troublesOf(standing, forMs, this.#isFlapping(slot));
    }
  }

  #isFlapping(slot: number): boolean {
    const losses = this.#lossesOf(slot);
    if (losses < lossesKept) return false;
    const third = this.#loaded.standings.lossTimes[slot]?.[losses - lossesKept];
    return third !== undefined && this.#now - third < flappingMs;
  }

  #count(): void {
    const { fleetAt, standings } = this.#loaded;
    const counts = new Int32Array(standings.all.length);
    const lists = new Int32Array(standings.lists.length);
    for (const fixed of [this.#tenants, this.#types]) fixed.counts.fill(0);
    this.unknown = 0;
    for (let slot = 0; slot < this.#standing.length; slot += 1) {
      const number = this.#standing[slot] ?? -1;
      if (number < 0) {
        if ((fleetAt.last[slot] ?? -1) < 0 && this.#beginsUnseen(slot)) this.unknown += 1;
        continue;
      }
      add(counts, number);
      add(lists, this.#troubles[slot] ?? 0);
      add(this.#tenants.counts, this.#tenants.of[slot] ?? 0);
      add(this.#types.counts, this.#types.of[slot] ?? 0);
    }
    this.#tell(counts, lists);
  }

  #tell(counts: Int32Array, lists: Int32Array): void {
    const { standings } = this.#loaded;
    for (const tally of [...Object.values(this.tallies), this.troubles]) tally.clear();
    [this.size, this.ready] = [0, 0];
    for (const [number, many] of counts.entries()) {
      const standing = standings.at(number);
      if (many === 0 || !standing) continue;
      this.tallies.state.add(standing.state, many);
      this.tallies.cause.add(standing.cause, many);
      this.size += many;
      if (standing.tone === "good") this.ready += many;
    }
    for (const [number, many] of lists.entries())
      if (many > 0) for (const trouble of standings.lists[number] ?? []) this.troubles.add(trouble, many);
    this.#tenants.tell(this.tallies.tenant);
    this.#types.tell(this.tallies.type);
  }

  /** Its first line is how it stood after steps that were not kept. */
  #beginsUnseen(slot: number): boolean {
    const { store } = this.#loaded;
    const [actor] = store.slots[slot]?.actors ?? [];
    return actor !== undefined && store.events.at(store.event.at(actor.first)) === "checkpoint";
  }

  #filter(wanted: Wanted): (slot: number, standing: Standing) => boolean {
    const { state, cause, tenant, type, trouble } = wanted;
    const words = wanted.words.trim().toLowerCase();
    const [tenants, types] = [this.#tenants, this.#types];
    const { slots } = this.#loaded.store;
    return (slot, standing) =>
      (state === null || standing.state === state) &&
      (cause === null || standing.cause === cause) &&
      (tenant === null || tenants.names.at(tenants.of[slot] ?? 0) === tenant) &&
      (type === null || types.names.at(types.of[slot] ?? 0) === type) &&
      (trouble === null || this.#troublesOf(slot).includes(trouble)) &&
      (words === "" ||
        `${slots[slot]?.key} ${standing.state} ${standing.cause}`.toLowerCase().includes(words));
  }

  #sinceOf(slot: number): number {
    const last = this.#loaded.fleetAt.last[slot] ?? -1;
    return last < 0 ? Number.NaN : (this.#loaded.standings.since[last] ?? Number.NaN);
  }

  #lossesOf(slot: number): number {
    const last = this.#loaded.fleetAt.last[slot] ?? -1;
    return last < 0 ? 0 : (this.#loaded.standings.losses[last] ?? 0);
  }

  #troublesOf(slot: number): readonly string[] {
    return this.#loaded.standings.lists[this.#troubles[slot] ?? 0] ?? [];
  }

  #rowOf(slot: number): Row | undefined {
    const standing = this.#standingOf(slot);
    const { store } = this.#loaded;
    const key = store.slots[slot]?.key;
    if (!standing || key === undefined) return undefined;
    const [since, losses] = [this.#sinceOf(slot), this.#lossesOf(slot)];
    const { state, tone, cause } = standing;
    return {
      key,
      tenant: this.#tenants.names.at(this.#tenants.of[slot] ?? 0),
      type: this.#types.names.at(this.#types.of[slot] ?? 0),
      state,
      tone,
      cause,
      since: Number.isNaN(since) ? undefined : since,
      losses,
      stretches: this.#stretchesOf(slot),
      troubles: this.#troublesOf(slot),
    };
  }

  #stretchesOf(slot: number): Row["stretches"] {
    const { store, standings, fleetAt } = this.#loaded;
    const turns = standings.turns[slot] ?? [];
    const until = upTo(turns, fleetAt.step);
    const stretches = turns.slice(Math.max(0, until - stretchesKept), until).flatMap((step) => {
      const standing = standings.at(standings.of[step] ?? -1);
      return standing ? [{ at: store.at.at(step), tone: standing.tone }] : [];
    });
    const first = standings.at(standings.first[slot] ?? -1);
    return first && until < stretchesKept
      ? [{ at: this.begunAt, tone: first.tone }, ...stretches]
      : stretches;
  }
}

function add(counts: Int32Array, number: number): void {
  counts[number] = (counts[number] ?? 0) + 1;
}

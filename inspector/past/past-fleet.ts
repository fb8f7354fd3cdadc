/** All registrations of a recording as they stood at one moment: counted from numbers, made into rows when they are seen. */
import { lossesKept, troublesIn } from "../../src/troubles/troubles.js";
import type { Facet } from "../fleet/fleet.js";
import type { Order, Wanted } from "../fleet/order.js";
import { type Row, stretchesKept } from "../fleet/row.js";
import { Tally } from "../fleet/tally.js";
import type { FleetSeen, RowList } from "../source.js";
import { upTo } from "./column.js";
import type { Loaded } from "./intake.js";
import { type Ordered, orderedBy } from "./past-order.js";
import type { Standing } from "./standings.js";

const noTroubles: readonly string[] = [];

export class PastFleet implements FleetSeen {
  readonly begunAt: number;
  size = 0;
  ready = 0;
  /** Registrations that the recording does not know yet, because their steps were not kept. */
  unknown = 0;
  readonly tallies: Readonly<Record<Facet, Tally>>;
  readonly troubles = new Tally();
  readonly #loaded: Loaded;
  readonly #names: readonly { readonly tenant: string; readonly type: string }[];
  /** By the order of their keys. */
  readonly #byName: Int32Array;
  #now = 0;

  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    const { store } = loaded;
    this.tallies = { state: new Tally(), cause: new Tally(), tenant: new Tally(), type: new Tally() };
    this.begunAt = store.length > 0 ? store.clock.at(0) : store.header.startedAt;
    this.#names = store.slots.map(({ key }) => {
      const [tenant = "", type = ""] = key.split(".");
      return { tenant, type };
    });
    const keyOf = (slot: number): string => store.slots[slot]?.key ?? "";
    this.#byName = Int32Array.from(store.slots.keys()).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  moveTo(step: number, now: number): void {
    this.#loaded.fleetAt.seek(step);
    this.#now = now;
    this.#count();
  }

  row(key: string): Row | undefined {
    const slot = this.#loaded.store.slotOf(key);
    const standing = slot === undefined ? undefined : this.standing(slot);
    return slot !== undefined && standing ? this.#rowOf(slot, standing) : undefined;
  }

  list(wanted: Wanted, order: Order): RowList {
    const words = wanted.words.trim().toLowerCase();
    const found: Ordered[] = [];
    for (const [rank, slot] of this.#byName.entries()) {
      const standing = this.standing(slot);
      if (!standing) continue;
      const troubles = this.#troublesOf(slot, standing);
      if (!this.#fits(slot, standing, troubles, wanted, words)) continue;
      const [worst] = troubles;
      found.push({
        slot,
        rank,
        worst,
        tone: standing.tone,
        since: this.#sinceOf(slot),
        losses: this.#lossesOf(slot),
      });
    }
    const slots = orderedBy(order, found);
    const { store } = this.#loaded;
    return {
      length: slots.length,
      at: (place) => {
        const slot = slots[place];
        const standing = slot === undefined ? undefined : this.standing(slot);
        return slot !== undefined && standing ? this.#rowOf(slot, standing) : undefined;
      },
      placeOf: (key) => {
        const slot = store.slotOf(key);
        return slot === undefined ? -1 : slots.indexOf(slot);
      },
    };
  }

  /** Undefined: it is not there, or nothing is known of it. */
  standing(slot: number): Standing | undefined {
    const { fleetAt, standings } = this.#loaded;
    return standings.after(slot, fleetAt.last[slot] ?? -1);
  }

  #count(): void {
    const { store, fleetAt } = this.#loaded;
    for (const tally of [...Object.values(this.tallies), this.troubles]) tally.clear();
    [this.size, this.ready, this.unknown] = [0, 0, 0];
    const counts = new Map<Standing, number>();
    for (let slot = 0; slot < store.slots.length; slot += 1) {
      const standing = this.standing(slot);
      if (!standing) {
        if ((fleetAt.last[slot] ?? -1) < 0 && this.#beginsUnseen(slot)) this.unknown += 1;
        continue;
      }
      counts.set(standing, (counts.get(standing) ?? 0) + 1);
      for (const trouble of this.#troublesOf(slot, standing)) this.troubles.add(trouble, 1);
      const names = this.#names[slot];
      this.tallies.tenant.add(names?.tenant ?? "", 1);
      this.tallies.type.add(names?.type ?? "", 1);
    }
    for (const [{ state, cause, tone }, many] of counts) {
      this.tallies.state.add(state, many);
      this.tallies.cause.add(cause, many);
      this.size += many;
      if (tone === "good") this.ready += many;
    }
  }

  /** Its first line is how it stood after steps that were not kept. */
  #beginsUnseen(slot: number): boolean {
    const { store } = this.#loaded;
    const [actor] = store.slots[slot]?.actors ?? [];
    return actor !== undefined && store.events.at(store.event.at(actor.first)) === "checkpoint";
  }

  #fits(
    slot: number,
    { state, cause }: Standing,
    troubles: readonly string[],
    wanted: Wanted,
    words: string,
  ): boolean {
    const names = this.#names[slot];
    return (
      (wanted.state === null || state === wanted.state) &&
      (wanted.cause === null || cause === wanted.cause) &&
      (wanted.tenant === null || names?.tenant === wanted.tenant) &&
      (wanted.type === null || names?.type === wanted.type) &&
      (wanted.trouble === null || troubles.includes(wanted.trouble)) &&
      (words === "" ||
        `${this.#loaded.store.slots[slot]?.key} ${state} ${cause}`.toLowerCase().includes(words))
    );
  }

  #sinceOf(slot: number): number {
    const last = this.#loaded.fleetAt.last[slot] ?? -1;
    return last < 0 ? Number.NaN : (this.#loaded.standings.since[last] ?? Number.NaN);
  }

  #lossesOf(slot: number): number {
    const last = this.#loaded.fleetAt.last[slot] ?? -1;
    return last < 0 ? 0 : (this.#loaded.standings.losses[last] ?? 0);
  }

  #lossTimesOf(slot: number): number[] {
    const losses = this.#lossesOf(slot);
    return this.#loaded.standings.lossTimes[slot]?.slice(Math.max(0, losses - lossesKept), losses) ?? [];
  }

  #troublesOf(slot: number, { judged, troubles }: Standing): readonly string[] {
    if (troubles && this.#lossesOf(slot) === 0) return troubles.length === 0 ? noTroubles : troubles;
    const since = this.#sinceOf(slot);
    const forMs = Number.isNaN(since) ? 0 : this.#now - since;
    return troublesIn({ ...judged, forMs, now: this.#now, lossTimes: this.#lossTimesOf(slot) });
  }

  #rowOf(slot: number, standing: Standing): Row {
    const since = this.#sinceOf(slot);
    const { state, tone, cause } = standing;
    return {
      key: this.#loaded.store.slots[slot]?.key ?? "",
      tenant: this.#names[slot]?.tenant ?? "",
      type: this.#names[slot]?.type ?? "",
      state,
      tone,
      cause,
      since: Number.isNaN(since) ? undefined : since,
      losses: this.#lossesOf(slot),
      stretches: this.#stretchesOf(slot),
      troubles: this.#troublesOf(slot, standing),
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

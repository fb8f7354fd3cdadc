/** The messages of the feed in the page's own words. */
import type {
  ActorMessage,
  FeedMessage,
  FiguresRow,
  FleetMessage,
  HostsMessage,
  StepMessage,
  StrayRow,
} from "../../src/inspect/feed-messages.js";
import type { Fields, Figures, RowTold, StatusTold, StrayTold, Told } from "./told.js";

/** Is told of everything, in the order in which it came. */
export interface Listener {
  /** All begins anew, as it is now: what was known before counts no more. */
  begin(viewer: number, at: number): void;
  told(told: Told): void;
  row(row: RowTold): void;
  rowGone(key: string): void;
  figures(key: string, figures: Figures): void;
  stray(stray: StrayTold): void;
  status(status: StatusTold): void;
  /** So many messages did not come; what is looked at is told anew. */
  missed(messages: number): void;
}

interface Member {
  readonly key: string;
  readonly partition: string | undefined;
}

const orUndefined = (number: number | null): string | undefined =>
  number === null ? undefined : String(number);

export class Adapter {
  readonly #listener: Listener;
  #names: string[] = [];
  readonly #members = new Map<number, Member>();
  /** Of each actor that is looked at, all that was told of its context. */
  readonly #contexts = new Map<number, Fields>();

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** What this page does not know it passes over. */
  take(message: FeedMessage): void {
    switch (message.what) {
      case "hello":
        this.#names = [];
        this.#members.clear();
        this.#contexts.clear();
        return this.#listener.begin(message.viewer, message.at);
      case "names":
        this.#names.push(...message.names);
        return;
      case "hosts":
        return this.#hosts(message);
      case "fleet":
        return this.#fleet(message);
      case "figures":
        for (const row of message.rows) this.#figures(row);
        return;
      case "strays":
        for (const row of message.rows) this.#stray(row);
        return;
      case "actor":
        return this.#actor(message);
      case "step":
        return this.#step(message);
      case "status":
        return this.#listener.status(message.status);
      case "missed":
        return this.#listener.missed(message.messages);
    }
  }

  #name(number: number): string {
    return this.#names[number] ?? "";
  }

  #hosts({ came = [], gone = [] }: HostsMessage): void {
    for (const [actor, machine, name, parent] of came)
      this.#listener.told({
        what: "actor",
        id: String(actor),
        name,
        machine,
        parentId: orUndefined(parent),
        state: undefined,
      });
    for (const actor of gone) this.#listener.told({ what: "gone", id: String(actor) });
  }

  #fleet({ came = [], moved = [], gone = [] }: FleetMessage): void {
    for (const [number, key, partition] of came)
      this.#members.set(number, { key, partition: orUndefined(partition) });
    for (const [number, state, cause, since, lost] of moved) {
      const member = this.#members.get(number);
      const where = { place: this.#name(state), cause: this.#name(cause), since, lost };
      if (member) this.#listener.row({ ...member, ...where });
    }
    for (const number of gone) {
      const member = this.#members.get(number);
      this.#members.delete(number);
      if (member) this.#listener.rowGone(member.key);
    }
  }

  #figures(row: FiguresRow): void {
    const [number, roundTripMs, running, queued, unconfirmed, processed, failed, signs, strays] = row;
    const [queueFullAt, blockedAt, oversizedAt, ...lossTimes] = row.slice(9);
    const member = this.#members.get(number);
    if (!member) return;
    this.#listener.figures(member.key, {
      roundTripMs: roundTripMs < 0 ? undefined : roundTripMs,
      running,
      queued,
      unconfirmed,
      processed,
      failed,
      signs,
      strays,
      queueFullAt: queueFullAt || null,
      blockedAt: blockedAt || null,
      oversizedAt: oversizedAt || null,
      lossTimes,
    });
  }

  #stray([registration, at, event, origin, stale]: StrayRow): void {
    const key = this.#members.get(registration)?.key ?? "";
    const [type, from] = [this.#name(event), this.#name(origin)];
    this.#listener.stray({ key, at, event: type, origin: from, stale: stale === 1 });
  }

  #actor({ actor, chart, name, parent, state, context }: ActorMessage): void {
    this.#contexts.set(actor, context);
    this.#listener.told({
      what: "actor",
      id: String(actor),
      name,
      machine: chart,
      parentId: orUndefined(parent),
      state: state === null ? undefined : { isLive: true, value: state, context },
    });
  }

  #step(message: StepMessage): void {
    const { actor, at, from, status, taken = [], asked = [], sent = [], state: value } = message;
    const { type, ...facts } = message.event;
    const context = { ...this.#contexts.get(actor), ...message.context };
    const isLive = status === undefined;
    if (isLive) this.#contexts.set(actor, context);
    else this.#contexts.delete(actor);
    this.#listener.told({
      what: "step",
      id: String(actor),
      at,
      event: String(type),
      facts,
      from,
      state: { isLive, value, context },
      taken,
      asked,
      sent,
    });
  }
}

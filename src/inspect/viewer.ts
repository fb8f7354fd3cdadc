/**
 * What one viewer is still to be told. Of each registration that is the newest only, so a viewer that reads slowly
 * costs no more than the fleet; steps and dead letters are dropped when they are too many, and it is told how many.
 */
import type { Entry } from "../recording/entry.js";
import type { FeedMessage, HelloMessage, HostRow, MovedRow, StrayRow } from "./feed-messages.js";
import type { Member } from "./fleet.js";
import { type Look, Looking } from "./looking.js";
import type { Names } from "./names.js";
import { shownWord } from "./redact.js";
import type { FeedSource } from "./source.js";

/** Who is told. */
export interface FeedListener {
  /**
   * Whether more can be taken now; what comes meanwhile is kept short.
   * @default always
   */
  readonly isReady?: () => boolean;
  /** Is handed what is new, at most every 50 ms. The first batch is all as it is now. */
  readonly take: (messages: readonly FeedMessage[]) => void;
}

/** Steps and dead letters that wait for a viewer. */
const pendingMost = 2_000;

/** An event that a state did not take, as the registration's chart told of it. */
interface Stray {
  readonly event: string;
  readonly origin: string;
  readonly stale: boolean;
}

export class Viewer {
  readonly #listener: FeedListener;
  readonly #names: Names;
  readonly #looking: Looking;
  #hello: HelloMessage | undefined;
  #namesTold = 0;
  readonly #hostsCame = new Map<number, HostRow>();
  readonly #hostsGone = new Set<number>();
  readonly #came = new Set<Member>();
  readonly #moved = new Set<Member>();
  readonly #figures = new Set<Member>();
  readonly #gone = new Set<Member>();
  /** Members that it was told of. */
  readonly #told = new WeakSet<Member>();
  #strays: StrayRow[] = [];
  /** Of what it looks at; other views' messages belong here, too. */
  #looked: FeedMessage[] = [];
  #missed = 0;

  constructor(listener: FeedListener, names: Names, source: FeedSource, hello: HelloMessage) {
    this.#listener = listener;
    this.#names = names;
    this.#hello = hello;
    this.#looking = new Looking(source, (message) => this.say(message));
  }

  look(look: Look): void {
    this.#looking.look(look);
  }

  get keys(): ReadonlySet<string> {
    return this.#looking.keys;
  }

  host(row: HostRow): void {
    this.#hostsCame.set(row[0], row);
  }

  hostGone(actor: number): void {
    if (!this.#hostsCame.delete(actor)) this.#hostsGone.add(actor);
  }

  came(member: Member): void {
    this.#came.add(member);
    this.#moved.add(member);
    if (member.figures.length > 0) this.#figures.add(member);
  }

  moved(member: Member): void {
    this.#moved.add(member);
  }

  figures(member: Member): void {
    this.#figures.add(member);
  }

  gone(member: Member): void {
    for (const set of [this.#came, this.#moved, this.#figures]) set.delete(member);
    if (this.#told.has(member)) this.#gone.add(member);
  }

  step(entry: Entry): void {
    if (!this.#looking.looksAt(entry.actor)) return;
    // A viewer that has missed some gets all anew.
    if (this.#missed > 0) this.#missed += 1;
    else this.#looking.step(entry);
  }

  stray(member: Member, at: number, { event, origin, stale }: Stray): void {
    if (this.#isFull()) return this.#miss();
    this.#strays.push([member.number, at, this.#numberOf(event), this.#numberOf(origin), stale ? 1 : 0]);
  }

  /** Something that only this viewer is told, or only who asked for it. Dropped when too much waits. */
  say(message: FeedMessage): void {
    if (this.#isFull()) return this.#miss();
    this.#looked.push(message);
  }

  /** Hands on what is new, when the viewer can take it. */
  flush(): void {
    const { isReady } = this.#listener;
    if (isReady && !isReady()) return;
    const messages = [...this.#begin(), ...this.#rows(), ...this.#details()];
    if (messages.length > 0) this.#listener.take(this.#withNames(messages));
  }

  #isFull(): boolean {
    return this.#missed > 0 || this.#looked.length + this.#strays.length >= pendingMost;
  }

  /** What waits is of no use without what follows. */
  #miss(): void {
    this.#missed += 1 + this.#looked.length + this.#strays.length;
    this.#looked = [];
    this.#strays = [];
  }

  *#begin(): Generator<FeedMessage> {
    if (this.#hello) yield this.#hello;
    this.#hello = undefined;
    if (this.#missed === 0) return;
    yield { what: "missed", messages: this.#missed };
    this.#missed = 0;
    this.#looking.anew();
  }

  *#rows(): Generator<FeedMessage> {
    if (this.#hostsCame.size + this.#hostsGone.size > 0)
      yield {
        what: "hosts",
        ...listed("came", [...this.#hostsCame.values()]),
        ...listed("gone", [...this.#hostsGone]),
      };
    const came = [...this.#came].map(({ number, key, partition }) => [number, key, partition] as const);
    const moved = [...this.#moved].map((member) => this.#movedRow(member));
    const gone = [...this.#gone].map(({ number }) => number);
    if (came.length + moved.length + gone.length > 0)
      yield { what: "fleet", ...listed("came", came), ...listed("moved", moved), ...listed("gone", gone) };
    if (this.#figures.size > 0)
      yield {
        what: "figures",
        rows: [...this.#figures].map(({ number, figures }) => [number, ...figures] as never),
      };
    for (const member of this.#came) this.#told.add(member);
    for (const set of [this.#hostsCame, this.#hostsGone, this.#came, this.#moved, this.#figures, this.#gone])
      set.clear();
  }

  *#details(): Generator<FeedMessage> {
    if (this.#strays.length > 0) yield { what: "strays", rows: this.#strays };
    yield* this.#looked;
    this.#strays = [];
    this.#looked = [];
  }

  #movedRow({ number, place, cause, since, lost }: Member): MovedRow {
    return [number, this.#numberOf(place), this.#numberOf(cause), since, lost];
  }

  #numberOf(word: string): number {
    return this.#names.numberOf(shownWord(word));
  }

  /** Before the first message that needs them. */
  #withNames(messages: readonly FeedMessage[]): readonly FeedMessage[] {
    const from = this.#namesTold;
    if (from === this.#names.count) return messages;
    this.#namesTold = this.#names.count;
    const names: FeedMessage = { what: "names", from, names: this.#names.since(from) };
    const [first] = messages;
    return first?.what === "hello" ? [first, names, ...messages.slice(1)] : [names, ...messages];
  }
}

const listed = <Name extends string, Item>(name: Name, items: readonly Item[]) =>
  (items.length > 0 ? { [name]: items } : {}) as { readonly [Key in Name]?: readonly Item[] };

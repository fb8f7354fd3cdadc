/**
 * All registrations in few fields each, while there is a viewer: renewed by each step of a chart, and by the status of
 * a registration that has no chart.
 */
import type { Entry, RecordedActor, Standpoint } from "../recording/entry.js";
import { isLoss } from "../troubles/losses.js";
import { figuresOf } from "./figures.js";
import { placeOf, shortPlace } from "./place.js";
import { shownDetail, shownWord } from "./redact.js";
import type { WatchedStatus } from "./source.js";

/** A registration. The same object for as long as its key is there. */
export interface Member {
  /** In the feed. */
  readonly number: number;
  readonly key: string;
  partition: number | null;
  /** The number of its chart's actor; 0: it has none, or had none yet. */
  actor: number;
  /** The state with all that is below it. */
  place: string;
  /** Of the last failure; empty: nothing went wrong. */
  cause: string;
  /** When it came into its public state, in ms since 1970. */
  since: number;
  /** Links lost since it was added. */
  lost: number;
  /** 0: it serves, or nobody has told. */
  notServingSince: number;
  /** More of the cause; empty: there is none. */
  code: string;
  detail: string;
  isLive: boolean;
  figures: readonly number[];
}

/** Is told of what changes. */
export interface FleetListener {
  came(member: Member): void;
  moved(member: Member): void;
  figures(member: Member): void;
  detail(member: Member): void;
  gone(member: Member): void;
}

const noFigures: readonly number[] = [];

const serving = "streaming.serving";

function causeOf({ failure }: Standpoint["context"]): string {
  const cause =
    typeof failure === "object" && failure !== null && "cause" in failure ? failure.cause : undefined;
  return typeof cause === "string" ? cause : "";
}

const placeOfStatus = ({ state, child }: WatchedStatus): string =>
  child === null ? state : `${state}.${child}`;

/** By its owner, or after too many faults: it has no chart then, however that ended. */
const isSetAside = ({ state }: WatchedStatus): boolean => state === "paused" || state === "parked";

const isSame = (some: readonly number[], others: readonly number[]): boolean =>
  some.length === others.length && some.every((value, at) => value === others[at]);

export class Fleet {
  readonly #members = new Map<string, Member>();
  readonly #listener: FleetListener;
  #numbers = 0;

  constructor(listener: FleetListener) {
    this.#listener = listener;
  }

  all(): Iterable<Member> {
    return this.#members.values();
  }

  get(key: string): Member | undefined {
    return this.#members.get(key);
  }

  /** A step of a registration's chart. */
  step({ actor, at, after }: Pick<Entry, "actor" | "at" | "after">): void {
    const member = this.#memberOf(actor, at);
    this.#stand(member, placeOf(after.state), causeOf(after.context), at);
    member.isLive = after.status === "active";
    if (!member.isLive && after.context.stopReason === "removed") this.#drop(member);
  }

  /** What its status says. Where it stands tells its chart, as long as it has one. */
  status(status: WatchedStatus): void {
    const known = this.#members.get(status.key);
    const member = known ?? this.#add(status.key, status.since);
    if (isSetAside(status)) member.isLive = false;
    if (!member.isLive) this.#stand(member, placeOfStatus(status), status.cause ?? "", status.since);
    // It came there before there was a viewer: its status says when.
    else if (member.since === 0) this.#date(member, status.since);
    this.#outage(member, status);
    this.#detail(member, shownWord(status.code ?? ""), shownDetail(status.detail ?? ""));
    const figures = figuresOf(status);
    if (isSame(figures, member.figures)) return;
    member.figures = figures;
    this.#listener.figures(member);
  }

  /** Those that have no status any more are gone. */
  keep(keys: { has(key: string): boolean }): void {
    for (const member of this.#members.values()) if (!keys.has(member.key)) this.#drop(member);
  }

  #memberOf(actor: RecordedActor, at: number): Member {
    const member = this.#members.get(actor.key) ?? this.#add(actor.key, at, actor);
    if (member.actor === actor.number) return member;
    member.actor = actor.number;
    member.partition = actor.parent;
    this.#listener.came(member);
    return member;
  }

  #add(key: string, since: number, actor?: RecordedActor): Member {
    const member: Member = {
      number: this.#numbers,
      key,
      partition: actor?.parent ?? null,
      actor: actor?.number ?? 0,
      place: "",
      cause: "",
      since,
      lost: 0,
      notServingSince: 0,
      code: "",
      detail: "",
      isLive: false,
      figures: noFigures,
    };
    this.#numbers += 1;
    this.#members.set(key, member);
    this.#listener.came(member);
    return member;
  }

  #stand(member: Member, place: string, cause: string, at: number): void {
    if (member.place === place && member.cause === cause) return;
    if (shortPlace(member.place) !== shortPlace(place)) member.since = at;
    if (isLoss(member.place, place)) member.lost += 1;
    // What its status told last is over; the next outage has a time of its own.
    if (place === serving) member.notServingSince = 0;
    member.place = place;
    member.cause = cause;
    this.#listener.moved(member);
  }

  #outage(member: Member, { signs }: WatchedStatus): void {
    const notServingSince = signs.notServingSince ?? 0;
    if (member.lost === signs.losses && member.notServingSince === notServingSince) return;
    member.lost = signs.losses;
    member.notServingSince = notServingSince;
    this.#listener.moved(member);
  }

  #detail(member: Member, code: string, detail: string): void {
    if (member.code === code && member.detail === detail) return;
    member.code = code;
    member.detail = detail;
    this.#listener.detail(member);
  }

  #date(member: Member, since: number): void {
    member.since = since;
    this.#listener.moved(member);
  }

  #drop(member: Member): void {
    this.#members.delete(member.key);
    this.#listener.gone(member);
  }
}

/** A registration in the list: where it stands, since when, and what is known of it beside. */
import { shortPlace } from "../../src/inspect/place.js";
import { type Tone, toneOf } from "../../src/troubles/tone.js";
import type { Drawing } from "../chart/drawing.js";
import type { Figures } from "../feed/told.js";
import type { Strips } from "./strips.js";

/** A stretch of time in one tone, until the next begins. */
export interface Stretch {
  readonly at: number;
  readonly tone: Tone;
}

/** How many of a registration are kept, and shown in its strip. */
export const stretchesKept = 32;

export interface Row {
  readonly key: string;
  readonly tenant: string;
  readonly type: string;
  readonly state: string;
  readonly tone: Tone;
  readonly cause: string;
  /** When it came into its state; undefined as long as nobody has told. */
  readonly since: number | undefined;
  /** Links that it lost since somebody looks, or since the recording begins. */
  readonly losses: number;
  readonly stretches: readonly Stretch[];
  readonly troubles: readonly string[];
  /** Undefined: nobody tells, as in a recording. */
  readonly figures?: Figures;
}

export const noFigures: Figures = {
  roundTripMs: undefined,
  running: 0,
  queued: 0,
  unconfirmed: 0,
  processed: 0,
  failed: 0,
  signs: 0,
  strays: 0,
  queueFullAt: null,
  blockedAt: null,
  oversizedAt: null,
  lossTimes: [],
};

/** A row that is kept up as its registration moves; its strip lies with all others. */
export class LiveRow implements Row {
  readonly key: string;
  readonly tenant: string;
  readonly type: string;
  /** Where its strip lies. */
  readonly place: number;
  readonly #strips: Strips;
  /** The actor that has started it. */
  partition: string | undefined;
  /** Empty: nothing was told yet. */
  state = "";
  tone: Tone = "warm";
  cause = "none";
  since: number | undefined;
  losses = 0;
  figures = noFigures;
  troubles: readonly string[] = [];

  constructor(key: string, strips: Strips) {
    const [tenant = "", type = ""] = key.split(".");
    this.key = key;
    this.tenant = tenant;
    this.type = type;
    this.#strips = strips;
    this.place = strips.open();
  }

  get stretches(): readonly Stretch[] {
    return this.#strips.of(this.place);
  }
}

/** The children of `streaming` have names of their own: for lists. */
export const shortState = (state: string): string => state.replace(/^streaming\./, "");

interface Standing {
  readonly state: string;
  readonly tone: Tone;
}

const known = new Map<string, Standing>();

/** Ids of the states on the way to a place; a link is in several public states, and named in none. */
function statesOf(place: string): readonly string[] {
  const path = place.split(".");
  return path.flatMap((_, at) => {
    const name = path.slice(0, at + 1).join(".");
    return [`registration.connection.${name}`, `registration.connection.linked.${name}`];
  });
}

/** Of a place, as the feed tells it: the public state with its child, and how good that is. */
export function standingAt(place: string, drawing: Pick<Drawing, "state">): Standing {
  const before = known.get(place);
  if (before) return before;
  const state = shortPlace(place);
  const tags = new Set(statesOf(place).flatMap((id) => drawing.state.get(id)?.tags ?? []));
  const standing = { state, tone: toneOf(tags, state.split(".")[0] ?? "") };
  known.set(place, standing);
  return standing;
}

/** Of active states. */
export function standingOf(active: ReadonlySet<string>, drawing: Pick<Drawing, "state">): Standing {
  const inside = [...active].filter((id) => id.startsWith("registration.connection."));
  const longest = inside.reduce((most, id) => (id.length > most.length ? id : most), "");
  return standingAt(longest.replace(/^registration\.connection\.(linked\.)?/, ""), drawing);
}

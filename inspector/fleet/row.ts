/** A registration in the list: where it stands, since when, and what is known of it beside. */
import { shortPlace } from "../../src/inspect/place.js";
import { type Tone, toneOf } from "../../src/troubles/tone.js";
import type { Drawing } from "../chart/drawing.js";
import type { Figures } from "../feed/told.js";

export interface Row {
  readonly key: string;
  readonly tenant: string;
  readonly type: string;
  /** Where its strip lies. */
  readonly place: number;
  /** The actor that has started it. */
  partition: string | undefined;
  state: string;
  tone: Tone;
  cause: string;
  /** When it came into its state; undefined as long as nobody has told. */
  since: number | undefined;
  /** Links that it lost since somebody looks. */
  losses: number;
  figures: Figures;
  troubles: readonly string[];
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
  lossTimes: [],
};

export function newRow(key: string, place = 0): Row {
  const [tenant = "", type = ""] = key.split(".");
  return {
    key,
    tenant,
    type,
    place,
    partition: undefined,
    state: "",
    tone: "warm",
    cause: "none",
    since: undefined,
    losses: 0,
    figures: noFigures,
    troubles: [],
  };
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

/** The public state with its child, and how good that is. */
export function standingOf(place: string, drawing: Pick<Drawing, "state">): Standing {
  const before = known.get(place);
  if (before) return before;
  const state = shortPlace(place);
  const tags = new Set(statesOf(place).flatMap((id) => drawing.state.get(id)?.tags ?? []));
  const standing = { state, tone: toneOf(tags, state.split(".")[0] ?? "") };
  known.set(place, standing);
  return standing;
}
